"""What is done with the rows that were ticked in a list: one service call, then the list again with the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import RuleViolation
from core.forms import KEY, CommandForm, deliver
from core.views.pages import Gate

MOST_ROWS = 500
MOST_NAMED = 8
HERE = "\x00"  # where a reason names its row


@dataclass(frozen=True)
class Handled:
    """What became of the rows: how many were done, and why which others were not."""

    done: int
    refused: list[tuple[str, str]] = field(default_factory=list)


class SelectionView(Gate):
    """POST of `selected` keys from a list page. The same submission twice has one effect."""

    http_method_names = ["post", "options"]
    done_word: ClassVar[str] = "done"
    list_url_name: ClassVar[str] = ""

    def run(self, keys: Sequence[int]) -> Handled:
        """Exactly one service call."""
        raise TypeError(f"{type(self).__name__} does not say which service it runs")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run it and go back to the list."""
        form = CommandForm(request.POST)
        outcome = deliver(
            form,
            actor=self.actor,
            command=f"{type(self).__module__}.{type(self).__qualname__}",
            run=lambda: self.run(self._chosen()),
            describe=self._told,
            about={"path": request.path},
        )
        if outcome.refusal is not None:
            messages.error(request, outcome.refusal.words)
        if outcome.result.get("done"):
            messages.success(request, outcome.result["done"], extra_tags=str(form.data.get(KEY, "")))
        if outcome.result.get("refused"):
            messages.warning(request, outcome.result["refused"])
        return HttpResponseRedirect(self._back())

    def _chosen(self) -> list[int]:
        sent = self.request.POST.getlist("selected")
        keys = {int(each) for each in sent if each.isascii() and each.isdigit() and int(each) < 2**63}
        if not keys:
            raise RuleViolation("Nothing is selected.", remedy="Tick the rows first.")
        if len(keys) > MOST_ROWS:
            raise RuleViolation(f"At most {MOST_ROWS} rows are done at once.")
        return sorted(keys)

    def _told(self, handled: Handled) -> dict[str, str]:
        """'12 released.' and '2 not: WO-000012 ...'."""
        refused = handled.refused
        return {
            "done": f"{handled.done} {self.done_word}." if handled.done else "",
            "refused": f"{len(refused)} not: {_reasons(refused)}" if refused else "",
        }

    def _back(self) -> str:
        back = self.request.POST.get("back", "")
        mine = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if mine and back.startswith("/") else reverse(self.list_url_name)


def _reasons(refused: Sequence[tuple[str, str]]) -> str:
    """Why rows were refused: each reason once, with the rows it is about."""
    rows: dict[str, list[str]] = defaultdict(list)
    for label, words in refused:
        rows[words.replace(label, HERE) if label else words].append(label or "a row")
    told = [_sentence(words, labels) for words, labels in list(rows.items())[:MOST_NAMED]]
    rest = len(rows) - len(told)
    return " ".join([*told, *([f"And {rest} more reasons."] if rest > 0 else [])])


def _sentence(words: str, labels: list[str]) -> str:
    if len(labels) == 1:
        return words.replace(HERE, labels[0]) if HERE in words else f"{labels[0]}: {words}"
    more = f" and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
    return f"{', '.join(labels[:MOST_NAMED])}{more}: {words.replace(HERE, 'each')}"
