"""`python -m benchmarks [--lines N] [--repeat N] [match|posting]`: runs the benchmarks in a throwaway database."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django

BENCHMARKS = {"match": "benchmarks.match_throughput", "posting": "benchmarks.cost_posting"}

Pairs = Callable[[Any, int, int], list[tuple[float, float]]]


def main() -> None:
    """Set up a test database, run the chosen benchmarks and print medians and ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which to run: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--lines", type=int, default=5000, help="invoice or order lines per run (default 5000)"
    )
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs; the median counts (default 3)")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    creation = import_module("django.db").connection.creation
    name = creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        print(
            f"Python {platform.python_version()}, {os.cpu_count()} cores, {options.lines} lines, database {name}"
        )
        plant = import_module("tests.plant").build_plant()
        for each in options.names or BENCHMARKS:
            pairs: Pairs = import_module(BENCHMARKS[each]).pairs
            report(each, options.lines, pairs(plant, options.lines, options.repeat))
    finally:
        creation.destroy_test_db(name, verbosity=0)


def report(name: str, lines: int, pairs: list[tuple[float, float]]) -> None:
    """Print lines per second of both sides and the ratio, pair by pair and as the median."""
    ratios = [reference / ours for ours, reference in pairs]
    ours = statistics.median(pair[0] for pair in pairs)
    reference = statistics.median(pair[1] for pair in pairs)
    print(
        f"{name}: {lines / ours:,.0f} lines/s; set-based SQL {lines / reference:,.0f} lines/s; "
        f"ratio {statistics.median(ratios):.2f} (pairs: {', '.join(f'{ratio:.2f}' for ratio in ratios)})"
    )


if __name__ == "__main__":
    main()
