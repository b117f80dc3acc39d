"""Rows of other people's work order lists: which column means what, and whether a row makes sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from cmms.choices import WorkOrderType

# What such columns are usually called, for files that come without a mapping.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "bscstartdate", "basicstartdate", "startdate", "basstartdate", "reportedon", "created"),
    "asset": ("asset", "assetcode", "equipment", "functionalloc", "functionallocation", "machine"),
    "title": ("title", "originalshorttext", "shorttext", "description", "orderdescription", "text"),
    "type": ("type", "pmtype", "ordertype", "worktype", "maintenanceactivitytype"),
    "cost": ("cost", "totalcost", "actualcost", "totalactualcosts", "amount"),
}
REQUIRED = ("date", "asset", "title")
USUAL_TYPES = {
    "PM01": WorkOrderType.CORRECTIVE,
    "PM02": WorkOrderType.PREVENTIVE,
    **{each.value: each for each in WorkOrderType},
}
LONGEST_CODE = 40
FIRST_YEAR = 1900
LARGEST_COST = Decimal(10) ** 12
COST_PLACES = Decimal("0.0001")


class BadMapping(Exception):
    """The file's columns cannot be matched to what is needed."""


@dataclass(frozen=True)
class ColumnMapping:
    """Column names by meaning (date, asset, title, type, cost), work order types by code, and the date format."""

    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    date_format: str = "%Y-%m-%d"


@dataclass(frozen=True)
class HistoryRow:
    """One finished job as the file tells it. `cost` in the file's currency; None where the file has none."""

    row_number: int
    on: date
    asset_code: str
    title: str
    type: str
    source_type: str
    cost: Decimal | None


@dataclass(frozen=True)
class Reject:
    """A line that was not taken, and why."""

    row_number: int
    reason: str
    text: str = ""


def positions_of(header: Sequence[str], mapping: ColumnMapping) -> dict[str, int]:
    """Where each meaning stands in the file. Raises BadMapping naming what is missing."""
    plain = ["".join(char for char in name.lower() if char.isalnum()) for name in header]
    found: dict[str, int] = {}
    for meaning, usual in USUAL_NAMES.items():
        given = mapping.columns.get(meaning)
        if given is not None:
            if given not in header:
                raise BadMapping(f"The file has no column '{given}'. It has: {', '.join(header)}.")
            found[meaning] = list(header).index(given)
            continue
        known = [plain.index(name) for name in usual if name in plain]
        if known:
            found[meaning] = known[0]
        elif meaning in REQUIRED:
            raise BadMapping(
                f"Which column is the {meaning}? Say so with --{meaning}-column. "
                f"The file has: {', '.join(header)}."
            )
    return found


def parsed_rows(
    lines: Iterable[tuple[int, Sequence[str]]], mapping: ColumnMapping
) -> Iterator[HistoryRow | Reject]:
    """Every line of the file as a row or a reject; the first line is the header. Blank lines are left out."""
    numbered = iter(lines)
    _, header = next(numbered, (0, ()))
    if not header:
        raise BadMapping("The file is empty.")
    names = [name.strip().lstrip("\ufeff") for name in header]
    positions = positions_of(names, mapping)
    unknown = sorted(set(mapping.types.values()) - set(WorkOrderType.values))
    if unknown:
        raise BadMapping(
            f"There is no work order type {unknown[0]}. There are: {', '.join(WorkOrderType.values)}."
        )
    for number, cells in numbered:
        if any(cell.strip() for cell in cells):
            yield _parsed(number, [cell.strip() for cell in cells], len(names), positions, mapping)


def _parsed(
    number: int, cells: Sequence[str], width: int, positions: Mapping[str, int], mapping: ColumnMapping
) -> HistoryRow | Reject:
    text = ",".join(cells)
    if "\x00" in text:
        return Reject(number, "it has a character that is no text", text.replace("\x00", "?"))
    if len(cells) != width:
        return Reject(number, f"it has {len(cells)} columns, the header has {width}", text)
    given = {meaning: cells[position] for meaning, position in positions.items()}
    on = _date(given["date"], mapping.date_format)
    if on is None:
        return Reject(number, f"'{given['date']}' is not a date ({mapping.date_format})", text)
    cost = _cost(given["cost"]) if "cost" in given else None
    if cost is None and given.get("cost"):
        return Reject(number, f"'{given['cost']}' is not an amount of money", text)
    if not 0 < len(given["asset"]) <= LONGEST_CODE:
        return Reject(
            number, f"'{given['asset']}' is not an asset code of 1 to {LONGEST_CODE} characters", text
        )
    if not given["title"]:
        return Reject(number, "it has no text", text)
    code = given.get("type", "")
    kind = {**USUAL_TYPES, **mapping.types}.get(code, WorkOrderType.CORRECTIVE)
    return HistoryRow(number, on, given["asset"], given["title"], str(kind), code, cost)


def _date(text: str, date_format: str) -> date | None:
    try:
        day = datetime.strptime(text, date_format).date()
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def _cost(text: str) -> Decimal | None:
    """An amount in plain notation; None where it is no finite number that the ledger can hold."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= LARGEST_COST or amount != amount.quantize(COST_PLACES):
        return None
    return amount
