"""What is true in the work half: one module per aggregate."""

from cmms.models.asset import Asset, AssetClass, Location, SparePart
from cmms.models.cost import CostEntry
from cmms.models.inspection import InspectionPoint, InspectionTemplate, InspectionTemplatePoint, Reading
from cmms.models.labor import Craft, CraftRate, LaborEntry, LaborTimer, Technician
from cmms.models.nonconformance import Nonconformance
from cmms.models.parts_request import PartsRequest, PartsRequestLine, Reservation
from cmms.models.qualification import OperationQualification, PersonQualification, Qualification
from cmms.models.signature import Signature
from cmms.models.stock import Bin, StockItem, StockMovement, Storeroom
from cmms.models.work_order import (
    EstimateLine,
    HoldInterval,
    ImportedWorkOrder,
    Operation,
    OperationPredecessor,
    WorkOrder,
)
from cmms.models.work_request import WorkRequest

__all__ = [
    "Asset",
    "AssetClass",
    "Bin",
    "CostEntry",
    "Craft",
    "CraftRate",
    "EstimateLine",
    "HoldInterval",
    "ImportedWorkOrder",
    "InspectionPoint",
    "InspectionTemplate",
    "InspectionTemplatePoint",
    "LaborEntry",
    "LaborTimer",
    "Location",
    "Nonconformance",
    "Operation",
    "OperationPredecessor",
    "OperationQualification",
    "PartsRequest",
    "PartsRequestLine",
    "PersonQualification",
    "Qualification",
    "Reading",
    "Reservation",
    "Signature",
    "SparePart",
    "StockItem",
    "StockMovement",
    "Storeroom",
    "Technician",
    "WorkOrder",
    "WorkRequest",
]
