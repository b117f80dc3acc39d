"""What is true in the work half: one module per aggregate."""

from cmms.models.asset import Asset, AssetClass, Location, SparePart
from cmms.models.cost import CostEntry
from cmms.models.downtime import DowntimeEvent, DowntimeRule, StopFeed, StopFeedKey
from cmms.models.failure import ClassFailureCode, FailureCode, FailureRecord
from cmms.models.labor import Craft, CraftRate, LaborEntry, LaborTimer, Technician
from cmms.models.parts_request import PartsRequest, PartsRequestLine, Reservation
from cmms.models.schedule import ScheduledWork, WeekSchedule
from cmms.models.stock import Bin, StockItem, StockMovement, Storeroom
from cmms.models.work_order import EstimateLine, HoldInterval, ImportedWorkOrder, Operation, WorkOrder
from cmms.models.work_request import WorkRequest

__all__ = [
    "Asset",
    "AssetClass",
    "Bin",
    "ClassFailureCode",
    "CostEntry",
    "Craft",
    "CraftRate",
    "DowntimeEvent",
    "DowntimeRule",
    "EstimateLine",
    "FailureCode",
    "FailureRecord",
    "HoldInterval",
    "ImportedWorkOrder",
    "LaborEntry",
    "LaborTimer",
    "Location",
    "Operation",
    "PartsRequest",
    "PartsRequestLine",
    "Reservation",
    "ScheduledWork",
    "SparePart",
    "StockItem",
    "StockMovement",
    "StopFeed",
    "StopFeedKey",
    "Storeroom",
    "Technician",
    "WeekSchedule",
    "WorkOrder",
    "WorkRequest",
]
