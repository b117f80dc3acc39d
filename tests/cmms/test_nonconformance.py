"""Findings: raised, reworked by a step that points at the failed one, conceded by another person, dismissed."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cmms.models import Nonconformance, Operation
from cmms.selectors.steps import step_views
from cmms.services.nonconformance import (
    approve_concession,
    ask_concession,
    decide_rework,
    dismiss_nonconformance,
    raise_nonconformance,
    refuse_concession,
)
from cmms.services.planning import OperationInput
from cmms.services.steps import reopen_operation
from core.errors import Conflict, IllegalTransition, NotAllowed, RuleViolation
from tests.builders import NOW, boss, person
from tests.cmms.steps_under_test import GAP, done, job, measured, step, worker

pytestmark = pytest.mark.django_db
SET = OperationInput("Set the gap", points=[GAP], sign_off="ONE")
CLOSE = OperationInput("Close", after=[10])


def by(actor: Any = None) -> dict[str, Any]:
    return {"actor": actor or boss(), "at": NOW}


def finding(value: str = "0.09", by_whom: Any = None, **values: Any) -> Nonconformance:
    order = job(SET, CLOSE)
    reading = measured(step(order), value)
    given = {"work_order_id": order.pk, "reading_id": reading.pk, "description": "", **values}
    return raise_nonconformance(**given, **by(by_whom))


def test_a_reading_out_of_limits_says_what_it_is() -> None:
    found = finding()
    assert found.description == "Gap: 0.09 mm"
    assert found.operation == step(found.work_order)
    assert found.number.startswith("NC")
    with pytest.raises(Conflict, match="already reported"):
        raise_nonconformance(
            work_order_id=found.work_order_id, reading_id=found.reading_id, description="", **by()
        )


def test_readings_in_limits_or_replaced_are_not_reported() -> None:
    order = job(SET)
    good = measured(step(order), "0.03")
    with pytest.raises(Conflict, match="in limits"):
        raise_nonconformance(work_order_id=order.pk, reading_id=good.pk, description="", **by())
    old = measured(step(order), "0.3")
    measured(step(order), "0.03")
    with pytest.raises(Conflict, match="measured again"):
        raise_nonconformance(work_order_id=order.pk, reading_id=old.pk, description="", **by())
    with pytest.raises(RuleViolation, match="not as it should be"):
        raise_nonconformance(work_order_id=order.pk, description=" ", **by())


def test_rework_is_a_step_that_points_at_the_failed_one() -> None:
    found = decide_rework(nonconformance_id=finding().pk, **by())
    order, rework = found.work_order, found.rework_operation
    assert rework is not None
    assert (rework.sequence, rework.rework_of, rework.sign_off) == (11, step(order), "ONE")
    assert rework.inspection_points.get().upper_limit == Decimal("0.05")
    done(step(order))  # as it is: its rework answers for it
    with pytest.raises(Conflict, match="waits for: 11 Rework"):
        done(step(order, 20))
    with pytest.raises(Conflict, match="Not inspected yet"):
        done(rework)
    measured(rework, "0.03")
    done(rework)
    found.refresh_from_db()
    assert (found.status, found.settled_at) == ("REWORKED", NOW)
    done(step(order, 20))


def test_rework_opened_again_is_not_settled() -> None:
    found = decide_rework(nonconformance_id=finding().pk, **by())
    rework = found.rework_operation
    assert rework is not None
    done(step(found.work_order))
    measured(rework, "0.03")
    done(rework)
    reopen_operation(operation_id=rework.pk, reason="Still leaks", **by())
    found.refresh_from_db()
    assert (found.status, found.settled_at) == ("IN_REWORK", None)


def test_failed_rework_is_reworked_again() -> None:
    found = decide_rework(nonconformance_id=finding().pk, **by())
    order, rework = found.work_order, found.rework_operation
    assert rework is not None
    done(step(order))
    worse = measured(rework, "0.2")
    again = raise_nonconformance(work_order_id=order.pk, reading_id=worse.pk, description="", **by())
    second = decide_rework(nonconformance_id=again.pk, **by()).rework_operation
    assert second is not None
    done(rework)
    with pytest.raises(Conflict, match="waits for: 12 Rework"):
        done(step(order, 20))
    measured(second, "0.04")
    done(second)
    done(step(order, 20))


def test_a_concession_is_granted_by_another_person() -> None:
    found = finding(concession_reason="Runs slower from now on")
    assert found.status == "CONCESSION_ASKED"
    with pytest.raises(NotAllowed, match="cannot decide"):
        approve_concession(nonconformance_id=found.pk, **by())
    with pytest.raises(NotAllowed):
        approve_concession(nonconformance_id=found.pk, **by(worker()))
    with pytest.raises(Conflict, match="Out of limits"):
        done(step(found.work_order))
    approver = person("cmms.approve_concession")
    conceded = approve_concession(nonconformance_id=found.pk, reason="Load is low", **by(approver))
    assert (conceded.status, conceded.decided_by, conceded.settled_at) == ("CONCEDED", approver, NOW)
    done(step(found.work_order))
    with pytest.raises(IllegalTransition):
        decide_rework(nonconformance_id=found.pk, **by())


def test_the_database_holds_that_too() -> None:
    found = finding(concession_reason="Runs slower")
    found.status, found.decided_by, found.settled_at = "CONCEDED", boss(), NOW
    with pytest.raises(IntegrityError, match="nonconformance_conceded_by_another"), transaction.atomic():
        found.save()


def test_a_concession_may_be_refused_and_then_reworked() -> None:
    found = finding()
    with pytest.raises(RuleViolation, match="Say why"):
        ask_concession(nonconformance_id=found.pk, reason="", **by())
    ask_concession(nonconformance_id=found.pk, reason="Runs slower", **by(worker()))
    refused = refuse_concession(nonconformance_id=found.pk, reason="Too hot", **by())
    assert (refused.status, refused.decision_reason) == ("OPEN", "Too hot")
    assert decide_rework(nonconformance_id=found.pk, **by()).status == "IN_REWORK"


def test_a_conceded_value_counts_for_that_reading_only() -> None:
    found = finding(concession_reason="Runs slower")
    approve_concession(nonconformance_id=found.pk, **by(person("cmms.approve_concession")))
    measured(step(found.work_order), "0.08")
    with pytest.raises(Conflict, match="Out of limits"):
        done(step(found.work_order))


def test_dismissed_the_point_is_measured_again() -> None:
    found = finding()
    with pytest.raises(RuleViolation, match="Say why"):
        dismiss_nonconformance(nonconformance_id=found.pk, reason="", **by())
    dismiss_nonconformance(nonconformance_id=found.pk, reason="Wrong gauge", **by())
    with pytest.raises(Conflict, match="Out of limits"):
        done(step(found.work_order))
    measured(step(found.work_order), "0.03")
    done(step(found.work_order))


def test_steps_number_between_or_at_the_end() -> None:
    order = job(SET, OperationInput("Next", sequence=11), CLOSE)
    found = raise_nonconformance(
        work_order_id=order.pk, operation_id=step(order).pk, description="Scratched", **by()
    )
    rework = decide_rework(nonconformance_id=found.pk, **by()).rework_operation
    assert rework is not None
    assert rework.sequence == Operation.objects.filter(work_order=order).latest("sequence").sequence
    view = step_views([order.pk])[order.pk][0]
    assert [each.pk for each in view.reworks] == [rework.pk]
    assert view.findings == [found]
