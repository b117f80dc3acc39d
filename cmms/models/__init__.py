"""What is true in the work half: one module per aggregate."""

from cmms.models.asset import Asset, AssetClass, Location, SparePart
from cmms.models.cost import CostEntry
from cmms.models.document import AssetDocument, AssetMove, WorkOrderDocument
from cmms.models.downtime import DowntimeEvent, DowntimeRule, StopFeed, StopFeedKey
from cmms.models.failure import ClassFailureCode, FailureCode, FailureRecord
from cmms.models.inspection import InspectionPoint, InspectionTemplate, InspectionTemplatePoint, Reading
from cmms.models.job_plan import JobPlan, JobPlanPart, JobPlanRevision, JobPlanStep
from cmms.models.labor import Craft, CraftRate, LaborEntry, LaborTimer, Technician
from cmms.models.maintenance_plan import (
    CyclePackage,
    MaintenancePlan,
    PackageClock,
    PlanClock,
    PlanCycle,
    PlanPackage,
    PlanStop,
)
from cmms.models.meter import Meter, MeterReading
from cmms.models.nonconformance import Nonconformance
from cmms.models.parts_request import PartsRequest, PartsRequestLine, Reservation
from cmms.models.qualification import OperationQualification, PersonQualification, Qualification
from cmms.models.request_link import RequestLink
from cmms.models.schedule import ScheduledWork, WeekSchedule
from cmms.models.signature import Signature
from cmms.models.stock import Bin, StockItem, StockMovement, Storeroom
from cmms.models.stock_documents import StockCount, StockCountLine, StockTransfer, StockTransferLine
from cmms.models.stock_places import Fitting, Lot, Serial, StockLevel, StockPlacement
from cmms.models.work_calendar import SiteCalendar, SiteClosure
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
    "AssetDocument",
    "AssetMove",
    "Bin",
    "ClassFailureCode",
    "CostEntry",
    "Craft",
    "CraftRate",
    "CyclePackage",
    "DowntimeEvent",
    "DowntimeRule",
    "EstimateLine",
    "Fitting",
    "FailureCode",
    "FailureRecord",
    "HoldInterval",
    "ImportedWorkOrder",
    "InspectionPoint",
    "InspectionTemplate",
    "InspectionTemplatePoint",
    "JobPlan",
    "JobPlanPart",
    "JobPlanRevision",
    "JobPlanStep",
    "LaborEntry",
    "LaborTimer",
    "Location",
    "Lot",
    "MaintenancePlan",
    "Meter",
    "MeterReading",
    "Nonconformance",
    "Operation",
    "OperationPredecessor",
    "OperationQualification",
    "PackageClock",
    "PartsRequest",
    "PartsRequestLine",
    "RequestLink",
    "PersonQualification",
    "PlanClock",
    "PlanCycle",
    "PlanPackage",
    "PlanStop",
    "Qualification",
    "Reading",
    "Reservation",
    "Serial",
    "ScheduledWork",
    "Signature",
    "SiteCalendar",
    "SiteClosure",
    "SparePart",
    "StockCount",
    "StockCountLine",
    "StockItem",
    "StockLevel",
    "StockMovement",
    "StockPlacement",
    "StockTransfer",
    "StockTransferLine",
    "StopFeed",
    "StopFeedKey",
    "Storeroom",
    "Technician",
    "WeekSchedule",
    "WorkOrder",
    "WorkOrderDocument",
    "WorkRequest",
]
