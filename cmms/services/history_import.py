"""Work done before this system: finished work orders and their cost, taken from a file, safe to repeat."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
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
SOURCE_LENGTH, TITLE_LENGTH = 64, 200
Numbered = tuple[int, Sequence[str]]


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
    rate_on: Callable[[date], Decimal]
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

    Each row becomes a CLOSED work order with one ACTUAL entry of reason IMPORTED (may be negative; none for zero),
    in `currency` (the base currency where not given), rounded to its minor unit; `rate` is base units per unit of
    it, else the stored rates of each day. Unknown assets are created at `site_code`. A row is taken once, known by
    `source_digest` and its line number; `chunk_size` rows are one transaction, so a killed run goes on later.
    Raises BadMapping, NotFound for an unknown site, RuleViolation where a rate is missing.
    """
    require(actor, IMPORT)
    report = ImportReport()
    good = _sorted_out(rows, mapping or ColumnMapping(), report)
    assets = {row.code: row for row in Asset.objects.select_related("site").all()}
    report.new_assets = sorted({row.asset_code for row in good} - assets.keys())
    site = _site(site_code) if report.new_assets else None
    currency = currency or settings.BASE_CURRENCY
    job = _Job(source_digest[:SOURCE_LENGTH], currency, assets, _rates(currency, rate, good), actor, at)
    if dry_run:
        return _told(report, job.source, good)
    if site is not None:
        assets |= _create_assets(codes=report.new_assets, site=site, actor=actor)
    for start in range(0, len(good), chunk_size):
        report.created += _store_chunk(job=job, rows=good[start : start + chunk_size], actor=actor)
        if progress:
            progress(min(start + chunk_size, len(good)), len(good))
    report.known = len(good) - report.created
    return report


def _told(report: ImportReport, source: str, good: Sequence[HistoryRow]) -> ImportReport:
    report.known = len(_taken(source, [row.row_number for row in good]))
    report.created = len(good) - report.known
    return report


def _sorted_out(rows: Iterable[Numbered], mapping: ColumnMapping, report: ImportReport) -> list[HistoryRow]:
    """The rows that make sense; the rest and the totals go into the report."""
    good: list[HistoryRow] = []
    for row in parsed_rows(rows, mapping):
        if isinstance(row, Reject):
            report.rejected.append(row)
            continue
        good.append(row)
        report.totals[row.asset_code] = report.totals.get(row.asset_code, Decimal(0)) + (row.cost or 0)
    return good


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
def _create_assets(*, codes: Sequence[str], site: Site, actor: User) -> dict[str, Asset]:
    known = {row.code: row for row in Asset.objects.select_related("site").filter(code__in=codes)}
    new = [Asset(code=code, name=code, site=site) for code in codes if code not in known]
    for asset in new:
        asset.clean_fields(exclude=["site"])
    return known | {asset.code: asset for asset in bulk_create_with_history(new)}


@command
def _store_chunk(*, job: _Job, rows: Sequence[HistoryRow], actor: User) -> int:
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
    entries = (_entry(job, row, order) for row, order in zip(new, orders, strict=True) if row.cost)
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


def _entry(job: _Job, row: HistoryRow, order: WorkOrder) -> CostEntry:
    document = round_money(row.cost or Decimal(0), job.currency)
    return CostEntry(
        work_order=order, asset_id=order.asset_id, cost_centre_id=order.cost_centre_id,
        bucket=CostBucket.OTHER, stage=CostStage.ACTUAL, reason=CostReason.IMPORTED,
        amount=to_base(document, job.rate_on(row.on), settings.BASE_CURRENCY), amount_document=document,
        currency=job.currency, source_key=f"import:{job.source}:{row.row_number}",
        document_number=order.number, description=f"Imported, line {row.row_number}",
        occurred_on=row.on, posted_at=job.at, posted_by=job.actor,
    )  # fmt: skip
