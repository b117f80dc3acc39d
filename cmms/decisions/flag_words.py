"""Computed flags of a work order as a few words, the most pressing first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Flags(Protocol):
    """What is said of: see selectors/flags.py."""

    @property
    def parts(self) -> str: ...
    @property
    def is_part_late(self) -> bool: ...
    @property
    def vendor(self) -> str: ...
    @property
    def permit(self) -> str: ...
    @property
    def signature(self) -> str: ...
    @property
    def is_inspection_open(self) -> bool: ...
    @property
    def open_findings(self) -> int: ...
    @property
    def is_over_estimate(self) -> bool: ...


@dataclass(frozen=True)
class FlagWord:
    """A flag in words; `tone`: good, wait, bad or busy."""

    text: str
    tone: str


WORDS: dict[tuple[str, str], FlagWord] = {
    ("permit", "missing"): FlagWord("no permit", "bad"),
    ("permit", "over"): FlagWord("permit over", "bad"),
    ("permit", "in_force"): FlagWord("permit", "good"),
    ("parts", "short"): FlagWord("parts short", "bad"),
    ("parts", "on_order"): FlagWord("parts on order", "wait"),
    ("parts", "arrived"): FlagWord("parts arrived", "good"),
    ("vendor", "late"): FlagWord("vendor late", "bad"),
    ("vendor", "requested"): FlagWord("service requested", "wait"),
    ("vendor", "ordered"): FlagWord("service ordered", "busy"),
    ("vendor", "arrived"): FlagWord("service done", "good"),
    ("signature", "missing"): FlagWord("signature missing", "wait"),
    ("signature", "signed"): FlagWord("signed", "good"),
}


def flag_words(flags: Flags, *, is_finished: bool = False, with_costs: bool = True) -> list[FlagWord]:
    """The flags worth a word. A finished order keeps those about money, signatures and findings only."""
    found: list[FlagWord] = []
    if flags.open_findings:
        count = "" if flags.open_findings == 1 else f"{flags.open_findings} "
        found.append(FlagWord(f"{count}nonconformance{'s' if count else ''} open", "bad"))
    names = ("signature",) if is_finished else ("permit", "parts", "vendor", "signature")
    for name in names:
        word = WORDS.get((name, getattr(flags, name)))
        if word is not None:
            found.append(word)
    if flags.is_part_late and not is_finished:
        found.append(FlagWord("a part is late", "bad"))
    if flags.is_inspection_open and not is_finished:
        found.append(FlagWord("inspection open", "wait"))
    if flags.is_over_estimate and with_costs:
        found.append(FlagWord("over estimate", "bad"))
    order = ("bad", "wait", "busy", "good")
    return sorted(found, key=lambda word: order.index(word.tone))
