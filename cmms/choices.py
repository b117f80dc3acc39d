"""States of the work half and the moves between them."""

from __future__ import annotations

from django.db import models

from core.states import TransitionTable


class Criticality(models.TextChoices):
    """How much the plant depends on an asset."""

    A = "A", "A: stops production"
    B = "B", "B: slows production"
    C = "C", "C: little effect"


class Priority(models.TextChoices):
    """How soon the work must start."""

    EMERGENCY = "EMERGENCY", "Emergency"
    HIGH = "HIGH", "High"
    NORMAL = "NORMAL", "Normal"
    LOW = "LOW", "Low"


class WorkRequestStatus(models.TextChoices):
    """What became of a reported fault."""

    NEW = "NEW", "New"
    ACCEPTED = "ACCEPTED", "Accepted"
    JOINED = "JOINED", "Joined to a work order"
    REJECTED = "REJECTED", "Rejected"


WORK_REQUEST_TRANSITIONS: TransitionTable = {
    WorkRequestStatus.NEW: frozenset(
        {WorkRequestStatus.ACCEPTED, WorkRequestStatus.JOINED, WorkRequestStatus.REJECTED}
    ),
}


class WorkOrderType(models.TextChoices):
    """Why the work is done."""

    CORRECTIVE = "CORRECTIVE", "Corrective"
    PREVENTIVE = "PREVENTIVE", "Preventive"
    INSPECTION = "INSPECTION", "Inspection"
    IMPROVEMENT = "IMPROVEMENT", "Improvement"
    AUDIT_FINDING = "AUDIT_FINDING", "Audit finding"


class WorkOrderStatus(models.TextChoices):
    """Where a work order stands; shortages and late vendors are computed flags, not states."""

    DRAFT = "DRAFT", "Draft"
    APPROVED = "APPROVED", "Approved"
    RELEASED = "RELEASED", "Released"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    ON_HOLD = "ON_HOLD", "On hold"
    WORK_DONE = "WORK_DONE", "Work done"
    COMPLETED = "COMPLETED", "Completed"
    CLOSED = "CLOSED", "Closed"
    CANCELLED = "CANCELLED", "Cancelled"


_S = WorkOrderStatus
WORK_ORDER_TRANSITIONS: TransitionTable = {
    _S.DRAFT: frozenset({_S.APPROVED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.RELEASED, _S.DRAFT, _S.CANCELLED}),
    _S.RELEASED: frozenset({_S.IN_PROGRESS, _S.CANCELLED}),
    _S.IN_PROGRESS: frozenset({_S.ON_HOLD, _S.WORK_DONE, _S.CANCELLED}),
    _S.ON_HOLD: frozenset({_S.IN_PROGRESS, _S.CANCELLED}),
    _S.WORK_DONE: frozenset({_S.COMPLETED, _S.IN_PROGRESS}),
    _S.COMPLETED: frozenset({_S.CLOSED, _S.IN_PROGRESS}),
}
# States in which work may be recorded, parts asked for and parts issued.
WORKABLE = frozenset({_S.RELEASED, _S.IN_PROGRESS, _S.ON_HOLD})
# States that are over: nothing more is planned on them.
FINISHED = frozenset({_S.COMPLETED, _S.CLOSED, _S.CANCELLED})
# The others, in order: named one by one they can be looked up in an index.
UNFINISHED = tuple(status for status in _S if status not in FINISHED)


class HoldReason(models.TextChoices):
    """Why work stands still."""

    PARTS = "PARTS", "Waiting for parts"
    VENDOR = "VENDOR", "Waiting for a vendor"
    PERMIT = "PERMIT", "Waiting for a permit"
    PRODUCTION = "PRODUCTION", "Waiting for production"
    LABOR = "LABOR", "Waiting for people"


class OperationStatus(models.TextChoices):
    """Where one step of a work order stands."""

    PLANNED = "PLANNED", "Planned"
    DONE = "DONE", "Done"


class Execution(models.TextChoices):
    """Who does a step: our people, or a vendor outside."""

    INTERNAL = "INTERNAL", "Own people"
    OUTSIDE = "OUTSIDE", "Outside service"


class LaborKind(models.TextChoices):
    """What the hours were spent on."""

    WRENCH = "WRENCH", "Work"
    TRAVEL = "TRAVEL", "Travel"
    WAITING = "WAITING", "Waiting"
    ADMIN = "ADMIN", "Paperwork"


class RequestLineKind(models.TextChoices):
    """What a technician asks for."""

    ITEM = "ITEM", "Catalogue part"
    NON_CATALOGUE = "NON_CATALOGUE", "Part described in words"
    SERVICE = "SERVICE", "Outside service"


class SupplyState(models.TextChoices):
    """How far the purchase of a missing need has come, as the purchasing side reports it."""

    NONE = "NONE", "Not bought"
    REQUESTED = "REQUESTED", "Requested"
    ORDERED = "ORDERED", "On order"
    PARTLY_ARRIVED = "PARTLY_ARRIVED", "Partly arrived"
    ARRIVED = "ARRIVED", "Arrived"


class MovementKind(models.TextChoices):
    """Why a stock balance changed."""

    RECEIPT = "RECEIPT", "Receipt"
    RECEIPT_RETURN = "RECEIPT_RETURN", "Return to supplier"
    ISSUE = "ISSUE", "Issue to work order"
    ISSUE_RETURN = "ISSUE_RETURN", "Return from work order"
    TRANSFER_OUT = "TRANSFER_OUT", "Transfer out"
    TRANSFER_IN = "TRANSFER_IN", "Transfer in"
    ADJUSTMENT = "ADJUSTMENT", "Count adjustment"
    OPENING = "OPENING", "Opening balance"


class CostStage(models.TextChoices):
    """How certain a cost is."""

    ESTIMATE = "ESTIMATE", "Estimate"
    COMMITTED = "COMMITTED", "Committed"
    ACCRUED = "ACCRUED", "Accrued"
    ACTUAL = "ACTUAL", "Actual"


class CostBucket(models.TextChoices):
    """What kind of cost it is."""

    LABOR = "LABOR", "Labor"
    MATERIAL = "MATERIAL", "Material"
    SERVICE = "SERVICE", "Service"
    OTHER = "OTHER", "Other"


class CostReason(models.TextChoices):
    """Why an entry was posted."""

    NORMAL = "NORMAL", "Normal"
    PRICE_VARIANCE = "PRICE_VARIANCE", "Price variance"
    RATE_VARIANCE = "RATE_VARIANCE", "Exchange rate variance"
    QUANTITY_VARIANCE = "QUANTITY_VARIANCE", "Quantity variance"
    CORRECTION = "CORRECTION", "Correction"
    IMPORTED = "IMPORTED", "Imported history"
