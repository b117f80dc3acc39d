"""`manage.py seed_demo`: an invented plant with a year of work, purchases and invoices."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.services.roles import sync_roles
from linkage.demo.seed import is_seeded, make_demo, make_demo_users


class Command(BaseCommand):
    """Doorway to linkage.demo."""

    help = (
        "Fills an empty database with an invented plant: sites, machines, stock, suppliers, and a year of work "
        "orders, purchases and invoices. The same seed and day make the same plant. Safe to run again."
    )

    def add_arguments(self, parser: Any) -> None:
        """Size, chance and time."""
        parser.add_argument("--scale", type=int, default=1, help="so many times the machines and work orders")
        parser.add_argument("--seed", type=int, default=20, help="another number makes another year")
        parser.add_argument(
            "--today", type=_moment, default=None, help="the day it ends on, YYYY-MM-DD (default: now)"
        )
        parser.add_argument("--work-orders", type=int, default=1000, help="in the year, before --scale")
        parser.add_argument("--only-users", action="store_true", help="make the logins and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it once; a second time says so."""
        if not settings.TENON_DEMO:
            raise CommandError(
                "This is not a demo: its users would have a password that everybody knows. Set TENON_DEMO=1 to make one."
            )
        if options["scale"] < 1 or options["work_orders"] < 1:
            raise CommandError("--scale and --work-orders must be at least 1.")
        if is_seeded():
            self.stdout.write("There is a plant here already; nothing was changed.")
            return
        sync_roles(roles=settings.ROLES)
        if options["only_users"]:
            self.stdout.write("Logins: " + " ".join(make_demo_users()))
            return
        self._make(options)

    def _make(self, options: dict[str, Any]) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        )
        console = Console(file=cast("IO[str]", self.stdout))
        with Progress(*columns, console=console, refresh_per_second=4) as bar:
            task = bar.add_task("A year at the plant", total=1.0)
            world = make_demo(
                at=options["today"] or timezone.now(), seed=options["seed"], scale=options["scale"],
                work_orders=options["work_orders"], progress=lambda share: bar.update(task, completed=share),
            )  # fmt: skip
        self.stdout.write(
            f"Made {len(world.sites)} sites, {len(world.suppliers)} suppliers, "
            f"{len(world.costs)} items and {world.bills} invoices."
        )


def _moment(text: str) -> datetime:
    """Early afternoon of a day."""
    return datetime.strptime(text, "%Y-%m-%d").replace(hour=14, tzinfo=ZoneInfo("UTC"))
