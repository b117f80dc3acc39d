"""What is true in the work half: one module per aggregate."""

from cmms.models.asset import Asset, AssetClass, Location, SparePart
from cmms.models.cost import CostEntry
from cmms.models.labor import Craft, CraftRate, LaborEntry, LaborTimer, Technician
from cmms.models.parts_request import PartsRequest, PartsRequestLine, Reservation
from cmms.models.stock import Bin, StockItem, StockMovement, Storeroom
from cmms.models.stock_documents import StockCount, StockCountLine, StockTransfer, StockTransferLine
from cmms.models.stock_places import Fitting, Lot, Serial, StockLevel, StockPlacement
from cmms.models.work_order import EstimateLine, HoldInterval, ImportedWorkOrder, Operation, WorkOrder
from cmms.models.work_request import WorkRequest

__all__ = [
    "Asset",
    "AssetClass",
    "Bin",
    "CostEntry",
    "Craft",
    "CraftRate",
    "EstimateLine",
    "Fitting",
    "HoldInterval",
    "ImportedWorkOrder",
    "LaborEntry",
    "LaborTimer",
    "Location",
    "Lot",
    "Operation",
    "PartsRequest",
    "PartsRequestLine",
    "Reservation",
    "Serial",
    "SparePart",
    "StockCount",
    "StockCountLine",
    "StockItem",
    "StockLevel",
    "StockMovement",
    "StockPlacement",
    "StockTransfer",
    "StockTransferLine",
    "Storeroom",
    "Technician",
    "WorkOrder",
    "WorkRequest",
]
