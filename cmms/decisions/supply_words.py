"""What became of a need, in words: reserved in which bin, short and on which order, arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.display import quantity_text

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Need:
    """The facts of one line of a parts request. `places` are the bins (or storerooms) where it is kept."""

    quantity: Decimal
    unit: str
    reserved: Decimal = NOTHING
    issued: Decimal = NOTHING
    arrived: Decimal = NOTHING
    cancelled: Decimal = NOTHING
    is_service: bool = False
    places: Sequence[str] = ()
    supply_state: str = "NONE"
    supply_document: str = ""
    expected_on: date | None = None

    @property
    def short(self) -> Decimal:
        """Neither promised, handed over, arrived nor cancelled."""
        return self.quantity - self.reserved - self.issued - self.arrived - self.cancelled


@dataclass(frozen=True)
class Phrase:
    """One sentence about a part of the need and the colour it wears: good, busy, wait, bad or calm."""

    text: str
    tone: str


def need_in_words(need: Need) -> list[Phrase]:
    """The state of a need, one phrase for each part of it that differs."""
    if need.is_service:
        return _service(need)
    phrases = [each for each in (_reserved(need), _arrived(need), _short(need), _issued(need)) if each]
    if need.cancelled:
        phrases.append(Phrase(f"{quantity_text(need.cancelled, need.unit)} cancelled", "calm"))
    return phrases


def _reserved(need: Need) -> Phrase | None:
    if not need.reserved:
        return None
    where = f" in {' and '.join(need.places)}" if need.places else " in the storeroom"
    amount = quantity_text(need.reserved, need.unit)
    if need.supply_state in {"ARRIVED", "PARTLY_ARRIVED"}:
        return Phrase(f"Arrived: pick up {amount}{where}", "good")
    return Phrase(f"{amount}{where}, reserved", "good")


def _arrived(need: Need) -> Phrase | None:
    if not need.arrived:
        return None
    return Phrase(f"Arrived: pick up {quantity_text(need.arrived, need.unit)} at goods receiving", "good")


def _short(need: Need) -> Phrase | None:
    if need.short <= 0:
        return None
    amount = quantity_text(need.short, need.unit)
    return Phrase(f"{amount} short: {_on_its_way(need)}", "wait")


def _issued(need: Need) -> Phrase | None:
    return Phrase(f"{quantity_text(need.issued, need.unit)} handed over", "calm") if need.issued else None


def _service(need: Need) -> list[Phrase]:
    if need.cancelled >= need.quantity:
        return [Phrase("Cancelled", "calm")]
    if need.short <= 0 or need.supply_state == "ARRIVED":
        return [Phrase("Service accepted", "good")]
    words = _on_its_way(need)
    return [Phrase(words[0].upper() + words[1:], "wait")]


def _on_its_way(need: Need) -> str:
    """How far the purchase has come: 'on order, PO-000012, expected 3 Dec'."""
    state = {
        "REQUESTED": "purchase requested",
        "ORDERED": "on order",
        "PARTLY_ARRIVED": "the rest is on order",
        "ARRIVED": "arrived, being put away",
    }.get(need.supply_state, "not bought yet")
    parts = [state]
    if need.supply_document and need.supply_state != "NONE":
        parts.append(need.supply_document)
    if need.expected_on and need.supply_state in {"ORDERED", "PARTLY_ARRIVED", "REQUESTED"}:
        parts.append(f"expected {need.expected_on.day} {need.expected_on:%b}")
    return ", ".join(parts)
