"""Work done before this system: finished work orders and their cost, taken from a file, safe to repeat."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from cmms.choices import CostBucket, CostReason, CostStage, WorkOrderStatus
from cmms.decisions.work_order_rows import ColumnMapping, HistoryRow, Reject, parsed_rows
from cmms.models import Asset, CostEntry, ImportedWorkOrder, WorkOrder
from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.history import bulk_create_with_history
from core.models import ExchangeRate, Site, User
from core.money import round_money, to_base
from core.numbering import next_numbers

IMPORT = "cmms.import_work_orders"
CHUNK = 500
SOURCE_LENGTH = 64
Numbered = tuple[int, Sequence[str]]
T = TypeVar("T")


@dataclass
class ImportReport:
    """What an import did, or with `dry_run` would do. `known`: rows that an earlier run had taken."""

    created: int = 0
    known: int = 0
    rejected: list[Reject] = field(default_factory=list)
    new_assets: list[str] = field(default_factory=list)
    totals: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """What every chunk of one import needs."""

    source: str
    currency: str
    assets: dict[str, Asset]
    actor: User
    at: datetime


def import_work_orders(
    *,
    rows: Iterable[Numbered],
    source_digest: str,
    actor: User,
    at: datetime,
    mapping: ColumnMapping | None = None,
    site_code: str = "",
    currency: str = "",
    rate: Decimal | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
    chunk_size: int = CHUNK,
) -> ImportReport:
    """Take finished work orders from the numbered lines of a table whose first line is its header.

    Each row becomes a CLOSED work order with one ACTUAL cost entry of reason IMPORTED (none where the cost is
    zero; it may be negative), in `currency` (the base currency where not given), rounded to its minor unit.
    Assets that are not known are created at `site_code`. A row is known by `source_digest` (of the file's
    content) and its line number: equal rows are records of their own, and a row is taken once however often the
    file is. Every `chunk_size` rows are one transaction, so a run that was killed goes on where it stopped.
    `rate` is base units per unit of currency; without it the exchange rates of each day are used.
    Raises NotAllowed, BadMapping, NotFound for an unknown site, RuleViolation where a rate is missing.
    """
    require(actor, IMPORT)
    report = ImportReport()
    good: list[HistoryRow] = []
    for row in parsed_rows(rows, mapping or ColumnMapping()):
        report.rejected.append(row) if isinstance(row, Reject) else good.append(row)
    source = source_digest[:SOURCE_LENGTH]
    assets = {row.code: row for row in Asset.objects.select_related("site").all()}
    report.new_assets = sorted({row.asset_code for row in good} - assets.keys())
    site = _site(site_code) if report.new_assets else None
    currency = currency or settings.BASE_CURRENCY
    rate_on = _rates(currency, rate, good)
    for row in good:
        report.totals[row.asset_code] = report.totals.get(row.asset_code, Decimal(0)) + (row.cost or 0)
    if dry_run:
        taken = _taken(source, [row.row_number for row in good])
        report.known, report.created = len(taken), len(good) - len(taken)
        return report
    if site is not None:
        for asset in _create_assets(codes=report.new_assets, site=site, actor=actor):
            assets[asset.code] = asset
    job = _Job(source, currency, assets, actor, at)
    done = 0
    for chunk in _chunks(good, chunk_size):
        report.created += _store_chunk(job=job, rows=chunk, rate_on=rate_on, actor=actor)
        done += len(chunk)
        if progress:
            progress(done, len(good))
    report.known = len(good) - report.created
    return report


def _chunks(rows: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _site(code: str) -> Site:
    """The named site; the only one where none is named."""
    if code:
        found = Site.objects.filter(code=code).first()
        if found is None:
            raise NotFound(
                f"There is no site {code}.", field="site", remedy="Create it first, or name another."
            )
        return found
    sites = list(Site.objects.filter(is_active=True)[:2])
    if len(sites) != 1:
        raise RuleViolation(
            "The file names assets that are not known yet.",
            field="site",
            remedy="Name the site they stand at (--site CODE).",
        )
    return sites[0]


def _rates(currency: str, rate: Decimal | None, rows: Sequence[HistoryRow]) -> Callable[[date], Decimal]:
    """The rate of a day into the base currency; checked for every row before anything is written."""
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise RuleViolation(f"{currency} is not the code of a currency, such as EUR.", field="currency")
    if currency == settings.BASE_CURRENCY:
        return lambda _: Decimal(1)
    if rate is not None:
        if rate <= 0:
            raise RuleViolation("A rate must be positive.", field="rate")
        return lambda _: rate
    stored = list(
        ExchangeRate.objects.filter(currency=currency).order_by("valid_on").values_list("valid_on", "rate")
    )
    days = [day for day, _ in stored]
    first = min((row.on for row in rows), default=None)
    if first is not None and (not days or days[0] > first):
        raise RuleViolation(
            f"No exchange rate for {currency} on {first:%d %b %Y}.",
            field="rate",
            remedy="Add one under Exchange rates, or give one rate for the whole file (--rate).",
        )
    return lambda on: stored[bisect_right(days, on) - 1][1]


def _taken(source: str, numbers: Sequence[int]) -> set[int]:
    rows = ImportedWorkOrder.objects.filter(source=source, row_number__in=numbers)
    return set(rows.values_list("row_number", flat=True))


@command
def _create_assets(*, codes: Sequence[str], site: Site, actor: User) -> list[Asset]:
    known = {row.code: row for row in Asset.objects.filter(code__in=codes)}
    new = [Asset(code=code, name=code, site=site) for code in codes if code not in known]
    for asset in new:
        asset.clean_fields(exclude=["site"])
    return [*known.values(), *bulk_create_with_history(new)]


@command
def _store_chunk(
    *, job: _Job, rows: Sequence[HistoryRow], rate_on: Callable[[date], Decimal], actor: User
) -> int:
    """Store the rows that are not there yet; the number of them. Two runs of one file take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import:{job.source}"])
    taken = _taken(job.source, [row.row_number for row in rows])
    new = [row for row in rows if row.row_number not in taken]
    if not new:
        return 0
    numbers = next_numbers("WO", len(new))
    orders = bulk_create_with_history(
        [_order(job, row, number) for row, number in zip(new, numbers, strict=True)]
    )
    ImportedWorkOrder.objects.bulk_create(
        ImportedWorkOrder(source=job.source, row_number=row.row_number, work_order=order)
        for row, order in zip(new, orders, strict=True)
    )
    entries = (
        _entry(job, row, order, rate_on(row.on)) for row, order in zip(new, orders, strict=True) if row.cost
    )
    CostEntry.objects.bulk_create([entry for entry in entries if entry.amount or entry.amount_document])
    return len(new)


def _order(job: _Job, row: HistoryRow, number: str) -> WorkOrder:
    asset = job.assets[row.asset_code]
    moment = datetime.combine(row.on, time(), tzinfo=ZoneInfo(asset.site.timezone))
    imported = f"Imported, line {row.row_number}"
    title, whole = row.title[:TITLE_LENGTH], row.title if len(row.title) > TITLE_LENGTH else ""
    kind = f"type {row.source_type}" if row.source_type else ""
    return WorkOrder(
        number=number, created_at=job.at, created_by=job.actor, version=1,
        title=title, description="\n".join(filter(None, [whole, ", ".join(filter(None, [imported, kind]))])),
        type=row.type, status=WorkOrderStatus.CLOSED, asset=asset, location_id=asset.location_id,
        site_id=asset.site_id, cost_centre_id=asset.cost_centre_id, reported_at=moment, approved_at=moment,
        approved_by=job.actor, completed_at=moment, closed_at=moment,
    )  # fmt: skip


TITLE_LENGTH = 200


def _entry(job: _Job, row: HistoryRow, order: WorkOrder, rate: Decimal) -> CostEntry:
    document = round_money(row.cost or Decimal(0), job.currency)
    return CostEntry(
        work_order=order, asset_id=order.asset_id, cost_centre_id=order.cost_centre_id,
        bucket=CostBucket.OTHER, stage=CostStage.ACTUAL, reason=CostReason.IMPORTED,
        amount=to_base(document, rate, settings.BASE_CURRENCY), amount_document=document,
        currency=job.currency, source_key=f"import:{job.source}:{row.row_number}",
        document_number=order.number, description=f"Imported, line {row.row_number}",
        occurred_on=row.on, posted_at=job.at, posted_by=job.actor,
    )  # fmt: skip
