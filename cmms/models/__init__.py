"""What is true in the work half: one module per aggregate."""

from cmms.models.asset import Asset, AssetClass, Location, SparePart
from cmms.models.cost import CostEntry
from cmms.models.document import AssetDocument, AssetMove, WorkOrderDocument
from cmms.models.labor import Craft, CraftRate, LaborEntry, LaborTimer, Technician
from cmms.models.parts_request import PartsRequest, PartsRequestLine, Reservation
from cmms.models.request_link import RequestLink
from cmms.models.stock import Bin, StockItem, StockMovement, Storeroom
from cmms.models.work_order import EstimateLine, HoldInterval, ImportedWorkOrder, Operation, WorkOrder
from cmms.models.work_request import WorkRequest

__all__ = [
    "Asset",
    "AssetClass",
    "AssetDocument",
    "AssetMove",
    "Bin",
    "CostEntry",
    "Craft",
    "CraftRate",
    "EstimateLine",
    "HoldInterval",
    "ImportedWorkOrder",
    "LaborEntry",
    "LaborTimer",
    "Location",
    "Operation",
    "PartsRequest",
    "PartsRequestLine",
    "RequestLink",
    "Reservation",
    "SparePart",
    "StockItem",
    "StockMovement",
    "Storeroom",
    "Technician",
    "WorkOrder",
    "WorkOrderDocument",
    "WorkRequest",
]
