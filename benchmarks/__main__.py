"""`python -m benchmarks [--lines N] [--repeat N] [pages|match|posting]`: runs the benchmarks in a throwaway database."""

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
PAGES = "pages"

Pairs = Callable[[Any, int, int], list[tuple[float, float]]]


def main() -> None:
    """Run the chosen benchmarks, each kind in a test database of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [PAGES, *BENCHMARKS]
    parser.add_argument("names", nargs="*", help=f"which to run: {', '.join(names)} (default: all)")
    parser.add_argument(
        "--lines", type=int, default=5000, help="invoice or order lines per run (default 5000)"
    )
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs; the median counts (default 3)")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    chosen = options.names or names
    if PAGES in chosen:
        in_test_database(lambda: import_module("benchmarks.pages").run(options.repeat))
    throughput = [name for name in chosen if name != PAGES]
    if throughput:
        in_test_database(lambda: run_pairs(throughput, options.lines, options.repeat))


def in_test_database(work: Callable[[], None]) -> None:
    """Create it, work, destroy it."""
    connection = import_module("django.db").connection
    kept = connection.settings_dict["NAME"]
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        work()
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)
        assert name != kept


def run_pairs(names: list[str], lines: int, repeat: int) -> None:
    """Those that are measured against hand-written SQL."""
    plant = import_module("tests.plant").build_plant()
    for each in names:
        pairs: Pairs = import_module(BENCHMARKS[each]).pairs
        report(each, lines, pairs(plant, lines, repeat))


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
