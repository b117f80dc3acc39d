"""`manage.py replay_stock`: replay every stock movement from nothing and compare with what is stored."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from cmms.models import StockMovement
from cmms.selectors.stock_replay import replay_differences
from core.display import quantity_text


class Command(BaseCommand):
    """Doorway to the selector. Exit code 0: nothing differs; 1: something does."""

    help = (
        "Replays all stock movements from nothing: quantities, moving average and values, bins, lots and serial "
        "numbers. Changes nothing. Exit code 0: every balance is what its movements give; 1: differences."
    )

    def add_arguments(self, parser: Any) -> None:
        """`--most`."""
        parser.add_argument(
            "--most", type=int, default=1000, help="show at most so many differences of each kind"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print what differs."""
        found = replay_differences(most=max(options["most"], 1))
        for each in found:
            where = f"movement {each.movement_id}" if each.movement_id else "balance"
            self.stdout.write(
                f"{each.item} in {each.storeroom}, {where}: {each.figure} is {quantity_text(each.stored)}, "
                f"replayed {quantity_text(each.replayed)}"
            )
        replayed = f"{StockMovement.objects.count()} movements replayed"
        if found:
            self.stdout.write(f"{replayed}: {len(found)} differences.")
            sys.exit(1)
        self.stdout.write(f"{replayed}: every balance is what they give.")
