"""`manage.py import_work_orders FILE`: finished work from a table of another system."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cmms.decisions.work_order_rows import USUAL_NAMES, BadMapping, ColumnMapping
from cmms.services.history_import import CHUNK, ImportReport, import_work_orders
from core.display import money_text
from core.errors import RuleViolation
from core.models import User

SOME_REJECTED = 3


class Command(BaseCommand):
    """Doorway to the service of the same name."""

    help = (
        "Takes finished work orders with their cost from a CSV file. Safe to run again, also after it was "
        "stopped half-way. Exit code 0: done, rejected lines are listed; 1: refused, nothing written; "
        "3: done, but lines were rejected and --fail-on-reject was given."
    )

    def add_arguments(self, parser: Any) -> None:
        """The file and how to read it."""
        parser.add_argument("file", type=Path, help="CSV with a header line")
        parser.add_argument("--encoding", default="utf-8-sig", help="of the file; UTF-8 where not given")
        parser.add_argument(
            "--mapping",
            type=Path,
            help="JSON file with 'columns', 'types' and 'date_format'",
        )
        for meaning in USUAL_NAMES:
            parser.add_argument(f"--{meaning}-column", help=f"name of the column with the {meaning}")
        parser.add_argument("--date-format", help="as in strftime; YYYY-MM-DD where not given")
        parser.add_argument("--delimiter", default=",", help="between columns; a comma where not given")
        parser.add_argument("--site", default="", help="code of the site that unknown assets are created at")
        parser.add_argument("--currency", default="", help="ISO code; the base currency where not given")
        parser.add_argument("--rate", help="base currency per unit of --currency, for the whole file")
        parser.add_argument("--actor", default="", help="user name; the first administrator where not given")
        parser.add_argument("--chunk-size", type=int, default=CHUNK, help="rows per transaction")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument(
            "--fail-on-reject", action="store_true", help="exit code 3 where lines are rejected"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it with a progress bar and say what came of it."""
        content = self._content(options["file"], "the file")
        try:
            with _bar() as bar:
                task = bar.add_task("Work orders", total=None)
                report = import_work_orders(
                    rows=_lines(_text(content, options["encoding"]), options["delimiter"]),
                    source_digest=hashlib.sha256(content).hexdigest(),
                    actor=_actor(options["actor"]),
                    at=timezone.now(),
                    mapping=self._mapping(options),
                    site_code=options["site"],
                    currency=options["currency"].upper(),
                    rate=_rate(options["rate"]),
                    dry_run=options["dry_run"],
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                    chunk_size=max(1, options["chunk_size"]),
                )
        except (RuleViolation, BadMapping, csv.Error) as refused:
            raise CommandError(str(refused)) from refused
        self._tell(report, options)
        if report.rejected and options["fail_on_reject"]:
            raise SystemExit(SOME_REJECTED)

    def _content(self, path: Path, what: str) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {what} {path}: {error.strerror}.") from error

    def _mapping(self, options: dict[str, Any]) -> ColumnMapping:
        given: Any = {}
        if options["mapping"]:
            try:
                given = json.loads(self._content(options["mapping"], "the mapping file"))
            except ValueError as error:
                raise CommandError(f"The mapping file is not JSON: {error}.") from error
        if not isinstance(given, dict) or not all(
            isinstance(given.get(key, {}), dict) for key in ("columns", "types")
        ):
            raise CommandError("The mapping file must hold an object with 'columns' and 'types'.")
        named = {meaning: options[f"{meaning}_column"] for meaning in USUAL_NAMES}
        columns = {**given.get("columns", {}), **{key: name for key, name in named.items() if name}}
        form = options["date_format"] or given.get("date_format") or ColumnMapping.date_format
        return ColumnMapping(columns=columns, types=given.get("types", {}), date_format=form)

    def _tell(self, report: ImportReport, options: dict[str, Any]) -> None:
        would = "would be " if options["dry_run"] else ""
        currency = options["currency"].upper()
        for reject in report.rejected:
            self.stderr.write(f"line {reject.row_number} rejected: {reject.reason}: {reject.text}")
        if report.new_assets:
            self.stdout.write(f"assets {would}created: {', '.join(report.new_assets)}")
        for code, total in sorted(report.totals.items()):
            self.stdout.write(f"{code}: {money_text(total, currency)} {currency}".rstrip())
        self.stdout.write(
            f"{report.created} work orders {would}imported, {report.known} already there, "
            f"{len(report.rejected)} rejected"
        )


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise CommandError(
            f"The file is not {encoding} text. Name its encoding with --encoding, e.g. latin-1."
        ) from error


def _lines(content: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with the number of the line they end on, as an editor counts."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    for cells in reader:
        yield reader.line_num, cells


def _actor(name: str) -> User:
    people = User.objects.filter(is_active=True).order_by("pk")
    found = people.filter(username=name).first() if name else people.filter(is_superuser=True).first()
    if found is None:
        raise CommandError(f"There is no user {name}." if name else "Name a user with --actor.")
    return found


def _rate(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation as error:
        raise CommandError(f"'{text}' is not a rate.") from error
