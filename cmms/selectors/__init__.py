"""Reads that join several aggregates, each in a constant number of statements."""

from cmms.selectors.costs import (
    BucketFigures,
    StageFigures,
    WorkOrderCosts,
    asset_costs,
    work_order_costs,
)
from cmms.selectors.flags import WorkOrderFlags, work_order_flags
from cmms.selectors.my_work import MyWork, my_work
from cmms.selectors.spare_parts import SpareChoice, spare_choices

__all__ = [
    "BucketFigures",
    "MyWork",
    "SpareChoice",
    "StageFigures",
    "WorkOrderCosts",
    "WorkOrderFlags",
    "asset_costs",
    "my_work",
    "spare_choices",
    "work_order_costs",
    "work_order_flags",
]
