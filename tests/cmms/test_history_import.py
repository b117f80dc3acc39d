"""Finished work from another system: taken once, told line by line, whatever happens on the way."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Sum

from cmms.decisions.work_order_rows import BadMapping, ColumnMapping
from cmms.models import Asset, CostEntry, ImportedWorkOrder, WorkOrder
from cmms.selectors import asset_costs
from cmms.services.history_import import ImportReport, import_work_orders
from core.errors import NotAllowed, NotFound, RuleViolation
from core.models import ExchangeRate, NumberSequence
from tests.builders import NOW, asset, boss, person, site
from tests.worker import test_database_url as database_url

TOTALS = {"A": "77567.19", "B": "1312088.61", "C": "6229217.28", "D": "5128534.49"}
HEADER = ["date", "asset", "title", "type", "cost"]


def take(*rows: list[str], header: list[str] = HEADER, digest: str = "d1", **values: Any) -> ImportReport:
    lines = list(enumerate([header, *rows], start=1))
    given = {"actor": boss(), "at": NOW, "site_code": site().code, **values}
    return import_work_orders(rows=lines, source_digest=digest, **given)


@pytest.mark.django_db
class TestRows:
    def test_a_row_becomes_closed_work_with_its_cost(self) -> None:
        report = take(["2004-07-01", "A", "Bucket won't open", "PM02", "183.05"])
        order = WorkOrder.objects.get()
        assert (report.created, report.new_assets) == (1, ["A"])
        assert (order.status, order.type, order.title) == ("CLOSED", "PREVENTIVE", "Bucket won't open")
        entry = order.cost_entries.get()
        assert (entry.stage, entry.reason, entry.amount) == ("ACTUAL", "IMPORTED", Decimal("183.05"))
        assert order.history.count() == 1

    def test_a_credit_is_kept_and_a_zero_posts_nothing(self) -> None:
        take(["2004-07-01", "A", "Credit", "", "-5.50"], ["2004-07-01", "A", "Nothing", "", "0"])
        assert [entry.amount for entry in CostEntry.objects.all()] == [Decimal("-5.50")]

    def test_equal_rows_are_records_of_their_own_and_a_second_run_changes_nothing(self) -> None:
        row = ["2004-07-01", "A", "Grease", "PM01", "10"]
        assert take(row, row).created == 2
        again = take(row, row)
        assert (again.created, again.known) == (0, 2)
        assert WorkOrder.objects.count() == 2

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (["2004-07-01", "A", "won", "t swing", "PM01"], "'PM01' is not an amount"),
            (["2004-07-01", "A", "won", "t swing", "PM01", "5"], "it has 6 columns"),
            (["2004-07-01", "A", "short"], "it has 3 columns"),
            (["31.07.2004", "A", "text", "PM01", "5"], "is not a date"),
            (["2004-07-01", "", "text", "PM01", "5"], "not an asset code"),
            (["2004-07-01", "A", " ", "PM01", "5"], "has no text"),
            (["2004-07-01", "A", "text", "PM01", "NaN"], "not an amount"),
        ],
    )
    def test_a_line_that_makes_no_sense_is_named_with_the_reason(self, row: list[str], reason: str) -> None:
        report = take(row, ["2004-07-01", "B", "fine", "PM01", "5"])
        assert report.created == 1
        assert [(each.row_number, reason in each.reason) for each in report.rejected] == [(2, True)]

    def test_columns_and_types_can_be_mapped(self) -> None:
        mapping = ColumnMapping({"title": "What", "date": "When"}, {"X": "INSPECTION"}, "%d.%m.%Y")
        take(["31.12.2004", "look", "A", "X"], header=["When", "What", "Machine", "Type"], mapping=mapping)
        order = WorkOrder.objects.get()
        assert (order.title, order.type, str(order.closed_at)[:10]) == ("look", "INSPECTION", "2004-12-31")

    def test_a_missing_column_and_an_unknown_type_are_refused(self) -> None:
        with pytest.raises(BadMapping, match="--title-column"):
            take(header=["date", "asset", "words"])
        with pytest.raises(BadMapping, match="no work order type FOO"):
            take(mapping=ColumnMapping(types={"PM01": "FOO"}))

    def test_a_dry_run_tells_and_writes_nothing(self) -> None:
        report = take(["2004-07-01", "A", "Grease", "PM01", "10"], dry_run=True)
        assert (report.created, report.new_assets, report.totals) == (1, ["A"], {"A": 10})
        assert not WorkOrder.objects.exists() and not Asset.objects.exists()

    def test_another_currency_is_converted_at_the_rate_of_the_day(self) -> None:
        for day, rate in (("2004-01-01", "0.5"), ("2004-08-01", "0.6")):
            ExchangeRate.objects.create(currency="AUD", valid_on=day, rate=Decimal(rate))
        take(["2004-07-01", "A", "x", "", "10"], ["2004-08-01", "A", "y", "", "10"], currency="AUD")
        found = CostEntry.objects.order_by("pk").values_list("amount_document", "currency", "amount")
        assert list(found) == [(10, "AUD", 5), (10, "AUD", 6)]

    def test_a_missing_rate_is_refused_before_anything_is_written(self) -> None:
        with pytest.raises(RuleViolation, match="No exchange rate for AUD on 01 Jul 2004"):
            take(["2004-07-01", "A", "x", "", "10"], currency="AUD")
        assert not Asset.objects.exists()

    def test_it_takes_the_right_and_a_site_for_unknown_assets(self) -> None:
        row = ["2004-07-01", "A", "x", "", "10"]
        with pytest.raises(NotAllowed):
            take(row, actor=person())
        with pytest.raises(NotFound, match="no site SOUTH"):
            take(row, site_code="SOUTH")
        site("SOUTH")
        with pytest.raises(RuleViolation, match="--site"):
            take(row, site_code="")
        asset("A")
        assert take(row, site_code="").created == 1

    def test_the_command_reads_a_mapping_file_and_says_what_it_did(self, tmp_path: Path) -> None:
        boss(), site()
        table, mapping = tmp_path / "a.csv", tmp_path / "m.json"
        table.write_text("When;Machine;Text\n2004-07-01;A;Grease\nbroken;A;x\n")
        mapping.write_text(json.dumps({"columns": {"date": "When"}}))
        out, err = StringIO(), StringIO()
        options = {"mapping": mapping, "delimiter": ";", "stdout": out, "stderr": err}
        call_command("import_work_orders", table, **options)
        assert "1 work orders imported, 0 already there, 1 rejected" in out.getvalue()
        assert "line 3 rejected: 'broken' is not a date" in err.getvalue()
        with pytest.raises(SystemExit) as ended:
            call_command("import_work_orders", table, fail_on_reject=True, **options)
        assert ended.value.code == 3
        with pytest.raises(CommandError, match="Cannot read the file"):
            call_command("import_work_orders", tmp_path / "none.csv")


def ledger_totals() -> dict[str, Decimal]:
    rows = (
        CostEntry.objects.values_list("asset__code").annotate(Sum("amount_document")).order_by("asset__code")
    )
    return dict(rows)


def state() -> tuple[Any, ...]:
    """Everything that an import leaves behind, without keys and moments."""
    orders = WorkOrder.objects.order_by("imported_from__row_number").values_list(
        "imported_from__row_number", "number", "title", "asset__code", "status", "closed_at"
    )
    return (
        list(orders),
        ledger_totals(),
        CostEntry.objects.count(),
        NumberSequence.objects.get(pk="WO").last_value,
    )


@pytest.fixture
def excavators(shared_data: Path) -> Path:
    return shared_data / "nestor-excavators" / "excavators.csv"


@pytest.mark.django_db
def test_the_excavators_come_in_to_the_cent_and_a_second_run_changes_nothing(
    excavators: Path, django_assert_max_num_queries: Any, settings: Any
) -> None:
    settings.BASE_CURRENCY = "AUD"
    boss(), site()
    out, err = StringIO(), StringIO()
    with django_assert_max_num_queries(100):
        call_command("import_work_orders", excavators, currency="AUD", stdout=out, stderr=err)
    assert "4533 work orders imported, 0 already there, 1 rejected" in out.getvalue()
    assert err.getvalue().startswith("line 2868 rejected: 'PM01' is not an amount of money")
    assert {code: f"{total:.2f}" for code, total in ledger_totals().items()} == TOTALS
    rolled_up = asset_costs(Asset.objects.values_list("pk", flat=True))
    by_code = {row.code: f"{rolled_up[row.pk].actual:.2f}" for row in Asset.objects.all()}
    assert by_code == TOTALS
    lines = excavators.read_text().splitlines()[1:]
    assert len(lines) - len(set(lines)) == 308  # kept: equal rows are records of their own
    before = state()
    again = StringIO()
    call_command("import_work_orders", excavators, currency="AUD", stdout=again, stderr=StringIO())
    assert "0 work orders imported, 4533 already there, 1 rejected" in again.getvalue()
    assert state() == before


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_half_way_ends_the_same_when_run_again(excavators: Path, tmp_path: Path) -> None:
    boss(), site()
    command = [sys.executable, "manage.py", "import_work_orders", str(excavators)]
    command += ["--currency=AUD", "--rate=0.6", "--chunk-size=100"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "CACHE_URL": settings.CACHES["default"]["LOCATION"],
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while ImportedWorkOrder.objects.count() < 500 and time.monotonic() < deadline:
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    half = ImportedWorkOrder.objects.count()
    assert 500 <= half < 4533
    assert half % 100 == 0 and WorkOrder.objects.count() == half
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert f"{4533 - half} work orders imported, {half} already there, 1 rejected" in done.stdout
    orders, totals, _, last_number = state()
    assert len(orders) == last_number == 4533
    assert {code: f"{total:.2f}" for code, total in totals.items()} == TOTALS
    assert [number for _, number, *_ in orders] == [f"WO-{n:06d}" for n in range(1, 4534)]
    digest = hashlib.sha256(excavators.read_bytes()).hexdigest()
    assert set(ImportedWorkOrder.objects.values_list("source", flat=True)) == {digest}
