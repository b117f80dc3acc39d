"""Forms of commands: safe to send twice, what was typed is kept, refusals land beside their field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.forms import BaseForm

from core.errors import KeyReused
from core.models import User
from core.refusals import Refusal, explain
from core.services.idempotency import run_once

KEY = "idempotency_key"
NO_CHOICE = "---------"
# A form sent from an older copy of the page (412) is a conflict to the person at the screen.
PAGE_STATUS = {403: 403, 409: 409, 412: 409}
NOT_CONTENT = {KEY, "csrfmiddlewaretoken"}
SENT_BEFORE = "This form was already sent with other content."
ResultT = TypeVar("ResultT")


def new_key() -> str:
    """A key for one intended command."""
    return f"form-{uuid4().hex}"


def style_fields(form: BaseForm) -> None:
    """Give every widget the classes and input types of the design."""
    for each in form.fields.values():
        widget = each.widget
        kind = getattr(widget, "input_type", "")
        if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
            css = "form-check-input"
        elif isinstance(widget, (forms.Select, forms.SelectMultiple)) or kind == "select":
            css = "form-select"
        else:
            css = "form-control"
        if css not in str(widget.attrs.get("class", "")):
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} {css}".strip()
        _input_type(each)
        if getattr(each, "empty_label", None) == NO_CHOICE:
            each.empty_label = "Choose …"  # type: ignore[attr-defined]


def say_any(form: BaseForm) -> None:
    """In a filter, no choice means any."""
    for each in form.fields.values():
        if getattr(each, "empty_label", None):
            each.empty_label = "Any"  # type: ignore[attr-defined]
        if isinstance(each, forms.NullBooleanField):
            each.widget.choices = [("unknown", "Any"), ("true", "Yes"), ("false", "No")]


def _input_type(each: forms.Field) -> None:
    widget = each.widget
    if isinstance(widget, forms.Textarea):
        # Django gives every text area 40 x 10; that fills a phone.
        if str(widget.attrs.get("rows", "10")) == "10":
            widget.attrs["rows"] = 3
    elif isinstance(each, forms.DateTimeField) and isinstance(widget, forms.DateTimeInput):
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif isinstance(each, forms.DateField) and isinstance(widget, forms.DateInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif isinstance(each, forms.DecimalField) and isinstance(widget, forms.NumberInput):
        widget.attrs.update({"inputmode": "decimal", "step": "any"})


class CommandForm(forms.Form):
    """A form that becomes one service call. Carries the key that makes a second delivery harmless."""

    idempotency_key = forms.CharField(
        widget=forms.HiddenInput, max_length=100, required=False, initial=new_key
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_fields(self)


class ReasonForm(CommandForm):
    """A command that must say why."""

    reason = forms.CharField(
        label="Reason", max_length=100, widget=forms.Textarea, help_text="Kept in the history."
    )


@dataclass(frozen=True)
class Outcome:
    """How a form's command ended. `result` is what `describe` said of the first delivery."""

    ok: bool
    status: int = 200
    result: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False
    refusal: Refusal | None = None


def run_form_command(
    form: BaseForm,
    *,
    actor: User,
    command: str,
    run: Callable[[], ResultT],
    describe: Callable[[ResultT], dict[str, Any]],
    about: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run the one service call of a valid form, once for its key.

    `describe` turns the service's result into what a second delivery shall be told (JSON). `about` is what
    the command is about beyond the form's own content, e.g. the path. A refusal is put on the form;
    Outcome.status then says which page status fits: 422 rule or input, 403 right, 409 conflict.
    """
    outcome = deliver(form, actor=actor, command=command, run=run, describe=describe, about=about)
    if outcome.refusal is not None:
        if outcome.refusal.code == KeyReused.code:
            renew_key(form)
        add_refusal(form, outcome.refusal)
    return outcome


def deliver(
    form: BaseForm,
    *,
    actor: User,
    command: str,
    run: Callable[[], ResultT],
    describe: Callable[[ResultT], dict[str, Any]],
    about: Mapping[str, Any] | None = None,
    part: str = "",
) -> Outcome:
    """As `run_form_command`, but a refusal is only returned; `part` tells apart commands of one form."""
    try:
        result, replayed = run_once(
            key=f"{form.data.get(KEY) or new_key()}{part}",
            actor=actor,
            command=command[:120],
            content={"form": content_of(form), "about": dict(about or {})},
            run=lambda: describe(run()),
        )
    except KeyReused:
        refusal = Refusal(
            409, KeyReused.code, SENT_BEFORE, remedy="Check it, and send it again if you mean a second one."
        )
        return Outcome(ok=False, status=409, refusal=refusal)
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        return Outcome(ok=False, status=PAGE_STATUS.get(explained.status, 422), refusal=explained)
    return Outcome(ok=True, result=result, replayed=replayed)


def add_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Put a refusal beside the field it is about, else above the form."""
    if not refusal.errors:
        form.add_error(None, refusal.words)
    for name, texts in refusal.errors.items():
        form.add_error(name if name in form.fields else None, list(texts))


def renew_key(form: BaseForm) -> None:
    """Give a bound form a new key, for a command that is meant anew."""
    data = form.data.copy()  # type: ignore[attr-defined]
    data[KEY] = new_key()
    form.data = data


def content_of(form: BaseForm) -> dict[str, Any]:
    """What was typed and attached, comparable between two deliveries. A password is never part of it."""
    data = form.data
    left_out = NOT_CONTENT | {
        form.add_prefix(name)
        for name, each in form.fields.items()
        if isinstance(each.widget, forms.PasswordInput)
    }
    lists = data.lists() if hasattr(data, "lists") else ((name, [value]) for name, value in data.items())
    content: dict[str, Any] = {name: list(values) for name, values in lists if name not in left_out}
    files = form.files
    file_lists = (
        files.lists() if hasattr(files, "lists") else ((name, [value]) for name, value in files.items())
    )
    for name, uploads in file_lists:
        content[f"file:{name}"] = [_digest(upload) for upload in uploads]
    return json.loads(json.dumps(content, default=str))  # type: ignore[no-any-return]


def _digest(upload: Any) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
