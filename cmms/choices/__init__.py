"""States of the work half and the moves between them."""

from __future__ import annotations

from django.db import models

from cmms.choices.stops import (
    DowntimeSource as DowntimeSource,
)
from cmms.choices.stops import (
    FailureBasis as FailureBasis,
)
from cmms.choices.stops import (
    FailureCodeKind as FailureCodeKind,
)
from cmms.choices.stops import (
    PmRule as PmRule,
)
from cmms.choices.stops import (
    StopOutcome as StopOutcome,
)
from cmms.choices.stops import (
    StopState as StopState,
)
from cmms.choices.stores import (
    COUNT_TRANSITIONS as COUNT_TRANSITIONS,
)
from cmms.choices.stores import (
    TRANSFER_TRANSITIONS as TRANSFER_TRANSITIONS,
)
from cmms.choices.stores import (
    AbcClass as AbcClass,
)
from cmms.choices.stores import (
    CountStatus as CountStatus,
)
from cmms.choices.stores import (
    SerialStatus as SerialStatus,
)
from cmms.choices.stores import (
    Tracking as Tracking,
)
from cmms.choices.stores import (
    TransferStatus as TransferStatus,
)
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


class HoldReason(models.TextChoices):
    """Why work stands still."""

    PARTS = "PARTS", "Waiting for parts"
    VENDOR = "VENDOR", "Waiting for a vendor"
    PERMIT = "PERMIT", "Waiting for a permit"
    PRODUCTION = "PRODUCTION", "Waiting for production"
    LABOR = "LABOR", "Waiting for people"


class PlanStatus(models.TextChoices):
    """Where a maintenance plan stands."""

    DRAFT = "DRAFT", "Draft"
    ACTIVE = "ACTIVE", "Active"
    SUSPENDED = "SUSPENDED", "Suspended"


PLAN_TRANSITIONS: TransitionTable = {
    PlanStatus.DRAFT: frozenset({PlanStatus.ACTIVE}),
    PlanStatus.ACTIVE: frozenset({PlanStatus.SUSPENDED}),
    PlanStatus.SUSPENDED: frozenset({PlanStatus.ACTIVE}),
}


# What recurring work can be.
PLAN_TYPES = ((WorkOrderType.PREVENTIVE, "Preventive"), (WorkOrderType.INSPECTION, "Inspection"))


class RevisionStatus(models.TextChoices):
    """Where a revision of a job plan stands on its own approval path."""

    DRAFT = "DRAFT", "Draft"
    SUBMITTED = "SUBMITTED", "Waiting for approval"
    APPROVED = "APPROVED", "Approved"
    SUPERSEDED = "SUPERSEDED", "Superseded"


REVISION_TRANSITIONS: TransitionTable = {
    RevisionStatus.DRAFT: frozenset({RevisionStatus.SUBMITTED}),
    RevisionStatus.SUBMITTED: frozenset({RevisionStatus.APPROVED, RevisionStatus.DRAFT}),
    RevisionStatus.APPROVED: frozenset({RevisionStatus.SUPERSEDED}),
}


class IntervalUnit(models.TextChoices):
    """What an interval is counted in."""

    DAY = "DAY", "days"
    WEEK = "WEEK", "weeks"
    MONTH = "MONTH", "months"
    YEAR = "YEAR", "years"


class PlanTrigger(models.TextChoices):
    """What makes a plan's work due."""

    CALENDAR = "CALENDAR", "Calendar"
    METER = "METER", "Meter"
    FIRST = "FIRST", "Calendar or meter, whichever is first"


class ResetPolicy(models.TextChoices):
    """Which counters start again when work due by calendar or meter is done."""

    BOTH = "BOTH", "Both counters"
    ONE = "ONE", "Only the one that made it due"


class PileUp(models.TextChoices):
    """What happens when work comes due while the order before is still open."""

    MERGE = "MERGE", "Merge into the open order"
    SKIP = "SKIP", "Skip it"
    QUEUE = "QUEUE", "Make another order"


class DayRule(models.TextChoices):
    """Where work goes that falls on a day nobody works. A blackout is kept clear under every rule."""

    AS_IS = "AS_IS", "Stays on that day"
    PREVIOUS = "PREVIOUS", "Previous working day"
    NEXT = "NEXT", "Next working day"


class OutOfSeason(models.TextChoices):
    """What becomes of work that falls outside the season."""

    SKIP = "SKIP", "Not due"
    WAIT = "WAIT", "Due when the season starts"


class CycleStatus(models.TextChoices):
    """What became of one cycle of a plan."""

    OPEN = "OPEN", "Open"
    DONE = "DONE", "Done"
    MERGED = "MERGED", "Merged"
    SKIPPED = "SKIPPED", "Skipped"


class CycleRole(models.TextChoices):
    """Whether a package's work was ordered itself or was covered by a higher one."""

    RUNS = "RUNS", "Ordered"
    COVERED = "COVERED", "Covered by a higher package"


class ClosureKind(models.TextChoices):
    """Why a site does no maintenance."""

    HOLIDAY = "HOLIDAY", "Holiday"
    BLACKOUT = "BLACKOUT", "Blackout: production needs the plant"


class ReadingKind(models.TextChoices):
    """How a meter came to show its value."""

    NORMAL = "NORMAL", "Counted on"
    ROLLOVER = "ROLLOVER", "The counter started again at zero"
    REPLACED = "REPLACED", "The meter was replaced"
    CORRECTION = "CORRECTION", "The reading before was wrong"


class OperationStatus(models.TextChoices):
    """Where one step of a work order stands."""

    PLANNED = "PLANNED", "Planned"
    DONE = "DONE", "Done"


class Execution(models.TextChoices):
    """Who does a step: our people, or a vendor outside."""

    INTERNAL = "INTERNAL", "Own people"
    OUTSIDE = "OUTSIDE", "Outside service"


class SignOff(models.TextChoices):
    """Whose signatures a step must carry before its work order is completed."""

    NONE = "NONE", "No signature"
    ONE = "ONE", "Who did it signs"
    TWO = "TWO", "Who did it signs, and a second person checks"


class SignatureMeaning(models.TextChoices):
    """What a signature says."""

    PERFORMED = "PERFORMED", "I did this work as instructed"
    CHECKED = "CHECKED", "I checked this work"


# Which meanings a step's sign-off asks for.
MEANINGS_NEEDED: dict[str, tuple[str, ...]] = {
    SignOff.NONE: (),
    SignOff.ONE: (SignatureMeaning.PERFORMED,),
    SignOff.TWO: (SignatureMeaning.PERFORMED, SignatureMeaning.CHECKED),
}


class QualificationStanding(models.TextChoices):
    """How a held qualification stands on a day."""

    VALID = "VALID", "Valid"
    ENDS_SOON = "ENDS_SOON", "Ends soon"
    OVER = "OVER", "Over"
    NOT_YET = "NOT_YET", "Not yet"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class PointKind(models.TextChoices):
    """How an inspection point is answered."""

    MEASURE = "MEASURE", "A measured value"
    CHECK = "CHECK", "In order, or not"


class PointState(models.TextChoices):
    """Where an inspection point stands: its last reading and what was decided about it."""

    NOT_TAKEN = "NOT_TAKEN", "Not taken"
    IN_LIMITS = "IN_LIMITS", "In limits"
    OUT_OF_LIMITS = "OUT_OF_LIMITS", "Out of limits"
    CONCEDED = "CONCEDED", "Conceded"
    IN_REWORK = "IN_REWORK", "In rework"


class NonconformanceStatus(models.TextChoices):
    """What became of something that is not as it should be."""

    OPEN = "OPEN", "Open"
    IN_REWORK = "IN_REWORK", "In rework"
    CONCESSION_ASKED = "CONCESSION_ASKED", "Concession asked for"
    CONCEDED = "CONCEDED", "Conceded"
    REWORKED = "REWORKED", "Reworked"
    DISMISSED = "DISMISSED", "Dismissed"


_N = NonconformanceStatus
NONCONFORMANCE_TRANSITIONS: TransitionTable = {
    _N.OPEN: frozenset({_N.IN_REWORK, _N.CONCESSION_ASKED, _N.DISMISSED}),
    _N.CONCESSION_ASKED: frozenset({_N.CONCEDED, _N.OPEN}),
    _N.IN_REWORK: frozenset({_N.REWORKED}),
    # The rework step was opened again.
    _N.REWORKED: frozenset({_N.IN_REWORK}),
}
SETTLED_NONCONFORMANCE = frozenset({_N.CONCEDED, _N.REWORKED, _N.DISMISSED})


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
    REFURBISHED = "REFURBISHED", "Removed part put away"


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
