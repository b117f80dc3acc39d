"""How equipment failed: recorded on the work order in the words of its class, corrected by new records."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from cmms.choices import FailureCodeKind, WorkOrderStatus, WorkOrderType
from cmms.models import ClassFailureCode, FailureRecord, WorkOrder
from cmms.selectors.failure_codes import codes_for_class
from cmms.services.locking import locked_work_order
from core.access import require
from core.commands import command
from core.errors import Conflict, RuleViolation
from core.models import User

RECORD = "cmms.record_failure"
NOT_YET = (WorkOrderStatus.DRAFT, WorkOrderStatus.CANCELLED)


@command
def record_failure(
    *,
    work_order_id: int,
    mode_id: int,
    actor: User,
    at: datetime,
    mechanism_id: int | None = None,
    cause_id: int | None = None,
    detection_id: int | None = None,
    is_functional_failure: bool = True,
    occurred_at: datetime | None = None,
    note: str = "",
    reason: str = "",
) -> FailureRecord:
    """Record how the asset failed; where a record exists, correct it by a new one and say why in `reason`.

    Codes must fit the asset's class. `occurred_at` defaults to the first stop of the work order, else to when it
    was reported. On a closed work order only a correction is taken.
    """
    require(actor, RECORD)
    order = locked_work_order(work_order_id=work_order_id)
    if order.status in NOT_YET:
        raise Conflict(f"{order} is {order.get_status_display().lower()}: there is nothing to record yet.")
    earlier = FailureRecord.objects.current().filter(work_order=order).first()
    if earlier is not None and not reason.strip():
        raise RuleViolation(
            "The failure is already recorded.", field="reason", remedy="Say what was wrong with that record."
        )
    if earlier is None and order.status == WorkOrderStatus.CLOSED:
        raise Conflict(f"{order} is closed.", remedy="Its books are done; only a correction is taken.")
    when = occurred_at or (earlier.occurred_at if earlier else None) or _beginning(order)
    if when > at:
        raise RuleViolation("A failure cannot be in the future.", field="occurred_at")
    record = FailureRecord(
        work_order=order, asset_id=order.asset_id, mode_id=mode_id, mechanism_id=mechanism_id, cause_id=cause_id,
        detection_id=detection_id, is_functional_failure=is_functional_failure, occurred_at=when,
        note=note.strip(), reason=reason.strip() if earlier else "", corrects=earlier, recorded_at=at,
        recorded_by=actor,
    )  # fmt: skip
    _require_fitting(order, record)
    record.clean_fields(exclude=[field.name for field in FailureRecord._meta.fields if field.is_relation])
    record.save()
    return record


def _beginning(order: WorkOrder) -> datetime:
    first = order.downtime_events.filter(voided_at=None).order_by("started_at").first()
    return first.started_at if first else order.reported_at


def _require_fitting(order: WorkOrder, record: FailureRecord) -> None:
    fitting = codes_for_class(order.asset.asset_class_id if order.asset else None)
    given = {
        FailureCodeKind.MODE: record.mode_id,
        FailureCodeKind.MECHANISM: record.mechanism_id,
        FailureCodeKind.CAUSE: record.cause_id,
        FailureCodeKind.DETECTION: record.detection_id,
    }
    for kind, key in given.items():
        if key is not None and key not in {code.pk for code in fitting[kind]}:
            raise RuleViolation(
                f"This {kind.label.lower()} is not on the list of the asset's class.", field=kind.lower()
            )


def missing_failure_records(*, orders: Collection[WorkOrder]) -> dict[int, RuleViolation]:
    """Guard 'failure recorded': why work orders are not completed that lack a record; one statement.

    Corrective work on an asset whose class has observed modes needs one, unless the class does without
    (`needs_failure_record`).
    """
    by_key = {order.pk: order for order in orders if order.type == WorkOrderType.CORRECTIVE}
    if not by_key:
        return {}
    modes = ClassFailureCode.objects.filter(
        asset_class__assets=OuterRef("asset"),
        asset_class__needs_failure_record=True,
        failure_code__kind=FailureCodeKind.MODE,
        failure_code__is_active=True,
    )
    recorded = FailureRecord.objects.filter(work_order=OuterRef("pk"))
    missing = WorkOrder.objects.filter(Exists(modes), ~Exists(recorded), pk__in=by_key)
    return {
        pk: Conflict(
            f"How the asset failed is not recorded on {by_key[pk]}.",
            field="failure",
            code="failure_not_recorded",
            remedy="Record the observed mode first.",
        )
        for pk in missing.values_list("pk", flat=True)
    }
