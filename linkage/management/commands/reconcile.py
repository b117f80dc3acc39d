"""`manage.py reconcile`: prove that the ledgers hold what the facts demand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from linkage.selectors.proof_scope import order_lines_of, work_order_by
from linkage.services.proof import Finding, Proof, prove_ledgers


class Command(BaseCommand):
    """Doorway to the service. Exit code 0: nothing differs; 1: something does."""

    help = (
        "Compares every figure of the cost ledgers, the order lines and the stock with the facts it follows "
        "from. Changes nothing unless --repair is given. Exit code 0: all proven; 1: differences."
    )

    def add_arguments(self, parser: Any) -> None:
        """`--repair`, `--work-order`."""
        parser.add_argument(
            "--repair",
            action="store_true",
            help="post what is missing in the cost ledgers, and say what it was",
        )
        parser.add_argument(
            "--work-order",
            metavar="NUMBER",
            help="only the order lines behind this work order (number or id)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print plain tables."""
        work_order_id = self._work_order_id(options["work_order"])
        proof = self._prove(work_order_id, repair=bool(options["repair"]))
        for finding in proof.findings:
            self.stdout.write(f"{finding.title}: {len(finding.rows)}")
            for line in table(finding):
                self.stdout.write(f"  {line}")
            self.stdout.write("")
        self.stdout.write(verdict(proof))
        if not proof.is_clean:
            sys.exit(1)

    def _work_order_id(self, given: str | None) -> int | None:
        if not given:
            return None
        found = work_order_by(given)
        if found is None:
            raise CommandError(f"There is no work order {given}.")
        return found.pk

    def _prove(self, work_order_id: int | None, *, repair: bool) -> Proof:
        columns = (TextColumn("Checking order lines"), BarColumn(), MofNCompleteColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=order_lines_of(work_order_id))
            return prove_ledgers(
                actor=None,
                at=timezone.now(),
                work_order_id=work_order_id,
                dry_run=not repair,
                progress=lambda done: bar.advance(task, done),
            )


def table(finding: Finding) -> Iterator[str]:
    """The rows under their heads, in columns."""
    rows = [finding.heads, *finding.rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(finding.heads))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def verdict(proof: Proof) -> str:
    """The result in one sentence."""
    checked = f"{proof.order_lines} order lines checked"
    if proof.is_clean:
        return f"{checked}: every figure is what the facts demand."
    if proof.repaired:
        return f"{checked}: {proof.differences} differences found; those of the cost ledgers are posted now."
    return f"{checked}: {proof.differences} differences found. Nothing was changed."
