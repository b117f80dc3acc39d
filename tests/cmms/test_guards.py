"""Every guard of the state table: it fires, says what to do, and lets pass what is in order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms.choices import RequestLineKind
from cmms.models import InspectionPoint, Operation, PartsRequestLine, WorkOrder
from cmms.selectors.readiness import (
    children_blockers,
    finding_blockers,
    permit_blockers,
    signature_blockers,
    unfilled_qualifications,
)
from cmms.services.closing import close_work_order, complete_work_order, complete_work_orders
from cmms.services.confirming import ConfirmationLine, LinesRefused, confirm_work
from cmms.services.execution import finish_operation, finish_work, hold_work, resume_work, start_work
from cmms.services.inspections import take_reading
from cmms.services.labor import log_hours, start_timer
from cmms.services.nonconformance import dismiss_nonconformance, raise_nonconformance
from cmms.services.parts import RequestLineInput, SupplyUpdate, record_supply
from cmms.services.permits import ask_permit, record_permit, withdraw_permit
from cmms.services.planning import OperationInput, approve_work_order, release_work_order
from cmms.services.qualifications import grant_qualification, withdraw_qualification
from cmms.services.step_links import PointInput
from cmms.services.steps import attach_certificate, reopen_operation, update_operation
from core.errors import Conflict, NotAllowed, RuleViolation
from core.services.attachments import store_attachment
from tests.builders import NOW, boss, parts_request, person, unit, work_order
from tests.cmms.steps_under_test import (
    GAP,
    GUARD,
    done,
    granted,
    job,
    measured,
    qualification,
    signed,
    step,
    worker,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
A, B, C = OperationInput("Open"), OperationInput("Fix", after=[10]), OperationInput("Close", after=[20])


def by(actor: Any = None) -> dict[str, Any]:
    return {"actor": actor or boss(), "at": NOW}


class TestOrderOfSteps:
    def test_a_step_waits_for_those_before_it(self) -> None:
        order = job(A, B, C)
        with pytest.raises(Conflict, match="waits for: 20 Fix") as refused:
            done(step(order, 30))
        assert refused.value.code == "predecessors_open"
        with pytest.raises(Conflict, match="waits for: 10 Open"):
            start_timer(work_order_id=order.pk, operation_id=step(order, 20).pk, **by(worker()))
        for number in (10, 20, 30):
            done(step(order, number))

    def test_steps_cannot_wait_for_each_other(self) -> None:
        order = job(A, B, C)
        with pytest.raises(RuleViolation, match="wait for each other: .*10 Open") as refused:
            update_operation(operation_id=step(order).pk, after=[step(order, 30).pk], **by())
        assert refused.value.field == "after"
        with pytest.raises(RuleViolation, match="own work order"):
            update_operation(operation_id=step(order).pk, after=[step(job(A)).pk], **by())
        with pytest.raises(RuleViolation, match="no step 99"):
            job(OperationInput("Open", after=[99]))
        update_operation(operation_id=step(order, 30).pk, after=[], **by())
        update_operation(operation_id=step(order).pk, after=[step(order, 30).pk], **by())

    def test_it_is_opened_again_only_from_the_end(self) -> None:
        order = job(A, B)
        done(step(order))
        done(step(order, 20))
        with pytest.raises(Conflict, match="already done: 20 Fix"):
            reopen_operation(operation_id=step(order).pk, reason="Leaks", **by())
        with pytest.raises(RuleViolation, match="Say why"):
            reopen_operation(operation_id=step(order, 20).pk, reason=" ", **by())
        assert reopen_operation(operation_id=step(order, 20).pk, reason="Leaks", **by()).times_reopened == 1
        with pytest.raises(RuleViolation, match="stays as it was"):
            update_operation(operation_id=step(order).pk, title="Other", **by())


class TestQualification:
    NEEDS = "GAS"

    def order(self, **values: Any) -> WorkOrder:
        need = qualification(self.NEEDS)
        return job(OperationInput("Test the gas", qualification_ids=[need.pk]), **values)

    def test_counts_on_the_day_of_the_work(self) -> None:
        who = worker()
        granted(boss(), date(2020, 1, 1))
        order = self.order()
        first = step(order)
        with pytest.raises(Conflict, match="does not hold GAS tester on 02 Mar 2026"):
            done(first, who)
        granted(who, TODAY - timedelta(10), TODAY - timedelta(1))
        with pytest.raises(Conflict, match="does not hold"):
            done(first, who)
        hours = {"work_order_id": order.pk, "operation_id": first.pk, "hours": Decimal(1)}
        log_hours(worked_on=TODAY - timedelta(1), **hours, **by(who))
        with pytest.raises(Conflict, match="does not hold"):
            log_hours(worked_on=TODAY, **hours, **by(who))
        with pytest.raises(Conflict, match="does not hold"):
            start_timer(work_order_id=order.pk, operation_id=first.pk, **by(who))
        granted(who, TODAY, TODAY)
        done(first, who)

    def test_the_day_is_that_of_the_site(self) -> None:
        who = worker()
        granted(boss(), date(2020, 1, 1))
        order = self.order()
        order.site.timezone = "Pacific/Auckland"  # there it is tomorrow already when it is late here
        order.site.save()
        granted(who, TODAY, TODAY)
        late = NOW.replace(hour=23)
        with pytest.raises(Conflict, match="03 Mar 2026"):
            finish_operation(operation_id=step(order).pk, actor=who, at=late)

    def test_withdrawn_it_counts_no_more(self) -> None:
        who = worker()
        held = granted(who, date(2020, 1, 1))
        withdraw_qualification(person_qualification_id=held.pk, reason="Eyesight", **by())
        granted(boss(), date(2020, 1, 1))
        with pytest.raises(Conflict, match="does not hold"):
            done(step(self.order()), who)
        with pytest.raises(Conflict, match="already withdrawn"):
            withdraw_qualification(person_qualification_id=held.pk, reason="Again", **by())

    def test_work_is_released_where_somebody_holds_it(self) -> None:
        need = qualification()
        order = work_order(
            released=False, operations=[OperationInput("Test the gas", qualification_ids=[need.pk])],
            due_at=NOW + timedelta(days=30),
        )  # fmt: skip
        granted(worker(), TODAY, TODAY + timedelta(29))
        with pytest.raises(Conflict, match="Nobody holds GAS tester on 01 Apr 2026"):
            release_work_order(work_order_id=order.pk, **by())
        granted(worker(), TODAY, TODAY + timedelta(30))
        assert release_work_order(work_order_id=order.pk, **by()).status == "RELEASED"

    def test_granting_takes_the_right_and_the_usual_validity(self) -> None:
        need = qualification("WELD", months=12)
        who = worker()
        with pytest.raises(NotAllowed):
            _grant(need, who, who)
        assert _grant(need, who, boss()).valid_until == date(2027, 3, 1)
        with pytest.raises(Conflict, match="already holds"):
            _grant(need, who, boss())


def _grant(need: Any, who: Any, actor: Any) -> Any:
    return grant_qualification(
        person_id=who.pk, qualification_id=need.pk, valid_from=TODAY, actor=actor, at=NOW
    )


class TestInspection:
    def test_points_are_in_limits_before_the_step_is_done(self) -> None:
        first = step(job(OperationInput("Set the gap", points=[GAP, GUARD])))
        with pytest.raises(Conflict, match="Not inspected yet: Gap, Guard fitted") as refused:
            done(first)
        assert refused.value.code == "readings_missing"
        assert not measured(first, "0.050001").is_in_limits
        with pytest.raises(RuleViolation, match="value that was measured"):
            measured(first)
        guard = InspectionPoint.objects.get(operation=first, name="Guard fitted")
        measured_guard(guard, False)
        with pytest.raises(Conflict, match="Out of limits: Gap, Guard fitted"):
            done(first)
        assert measured(first, "0.05").is_in_limits
        measured_guard(guard, True)
        done(first)
        with pytest.raises(Conflict, match="is done"):
            measured(first, "0.03")

    def test_an_optional_point_may_be_left_out_but_not_failed(self) -> None:
        optional = PointInput(name="Noise", unit="dB", upper_limit=Decimal(80), is_mandatory=False)
        first = step(job(OperationInput("Run it", points=[optional])))
        done(first)
        second = step(job(OperationInput("Run it", points=[optional])))
        measured(second, "81")
        with pytest.raises(Conflict, match="Out of limits"):
            done(second)

    def test_changed_points_start_anew_and_keep_their_readings(self) -> None:
        first = step(job(OperationInput("Set the gap", points=[GAP, GUARD])))
        measured(first, "0.03")
        tighter = PointInput(name="Gap", unit="mm", lower_limit=Decimal("0.02"), upper_limit=Decimal("0.04"))
        update_operation(operation_id=first.pk, points=[GUARD, tighter, GAP], **by())
        rows = InspectionPoint.objects.filter(operation=first, is_dropped=False).order_by("position")
        assert [row.upper_limit for row in rows] == [None, Decimal("0.04"), Decimal("0.05")]
        assert [row.readings.count() for row in rows] == [0, 0, 1]
        update_operation(operation_id=first.pk, points=[], **by())
        assert InspectionPoint.objects.filter(operation=first, is_dropped=True).count() == 3
        with pytest.raises(RuleViolation, match="above the upper"):
            bad = PointInput(name="Gap", lower_limit=Decimal(2), upper_limit=Decimal(1))
            update_operation(operation_id=first.pk, points=[bad], **by())


def measured_guard(point: InspectionPoint, answer: bool) -> None:
    take_reading(point_id=point.pk, is_in_order=answer, **by())


class TestPermit:
    def test_work_starts_and_goes_on_only_under_one_in_force(self) -> None:
        order = job(A, started=False)
        ask_permit(work_order_id=order.pk, needs_permit=True, **by())
        with pytest.raises(Conflict, match="needs a work permit and has none"):
            start_work(work_order_id=order.pk, **by())
        with pytest.raises(RuleViolation, match="already over"):
            record_permit(work_order_id=order.pk, permit_number="HW-1", valid_until=NOW, **by())
        with pytest.raises(NotAllowed):
            record_permit(
                work_order_id=order.pk, permit_number="HW-1", valid_until=NOW + timedelta(1), **by(worker())
            )
        record_permit(
            work_order_id=order.pk, permit_number="HW-1", valid_until=NOW + timedelta(hours=8), **by()
        )
        start_work(work_order_id=order.pk, **by())
        hold_work(work_order_id=order.pk, hold_reason="PERMIT", **by())
        with pytest.raises(Conflict, match="HW-1 of WO.* ended on 02 Mar 2026 17:00"):
            resume_work(work_order_id=order.pk, actor=boss(), at=NOW + timedelta(hours=9))
        withdraw_permit(work_order_id=order.pk, reason="Wind", **by())
        with pytest.raises(Conflict, match="has none"):
            resume_work(work_order_id=order.pk, **by())
        ask_permit(work_order_id=order.pk, needs_permit=False, **by())
        resume_work(work_order_id=order.pk, **by())


class TestOutside:
    def test_its_service_and_certificate_unlock_the_next_step(self) -> None:
        unit("PCE")
        order = job(
            OperationInput("Balance the rotor", execution="OUTSIDE", needs_certificate=True),
            OperationInput("Fit it", after=[10]),
        )
        first = step(order)
        lines = PartsRequestLine.objects.filter(operation=first)
        if not lines.exists():
            need = RequestLineInput(
                kind=RequestLineKind.SERVICE, quantity=Decimal(1), description="Balancing", unit_id=unit().pk,
                operation_id=first.pk,
            )  # fmt: skip
            parts_request(order, [need])
        line = lines.get()
        with pytest.raises(Conflict, match="has not come back"):
            done(first)
        came = SupplyUpdate(line.pk, "ARRIVED", "PO-1", None, Decimal(1))
        record_supply(updates=[came], actor=boss(), at=NOW)
        with pytest.raises(Conflict, match="certificate of step 10"):
            done(first)
        file = store_attachment(content=b"%PDF-1.7 balance", name="b.pdf", actor=boss(), at=NOW)
        attach_certificate(operation_id=first.pk, attachment_id=file.pk, **by())
        done(first)
        done(step(order, 20))


class TestEnd:
    def finished(self, *steps: OperationInput, **values: Any) -> WorkOrder:
        order = job(*steps, **values)
        for each in Operation.objects.filter(work_order=order).order_by("sequence"):
            done(each)
        return finish_work(work_order_id=order.pk, **by())

    def test_parts_of_an_order_are_finished_before_it(self) -> None:
        parent = self.finished()
        child = work_order(parent_id=parent.pk)
        with pytest.raises(Conflict, match=f"not finished: {child}"):
            complete_work_order(work_order_id=parent.pk, **by())
        start_work(work_order_id=child.pk, **by())
        finish_work(work_order_id=child.pk, **by())
        complete_work_order(work_order_id=child.pk, **by())
        complete_work_order(work_order_id=parent.pk, **by())

    def test_mandatory_signatures_are_there(self) -> None:
        order = self.finished(OperationInput("Weld", sign_off="ONE"))
        with pytest.raises(Conflict, match="signature is missing for step 10 Weld"):
            complete_work_order(work_order_id=order.pk, **by())
        signed(step(order), boss())
        complete_work_order(work_order_id=order.pk, **by())

    def test_no_finding_is_open_at_closing(self) -> None:
        order = self.finished(A)
        found = raise_nonconformance(work_order_id=order.pk, description="Paint is off", **by())
        complete_work_order(work_order_id=order.pk, **by())
        with pytest.raises(Conflict, match=f"still open: {found}"):
            close_work_order(work_order_id=order.pk, **by())
        dismiss_nonconformance(nonconformance_id=found.pk, reason="As delivered", **by())
        assert close_work_order(work_order_id=order.pk, **by()).status == "CLOSED"


def test_guards_take_the_same_statements_for_many_orders() -> None:
    need = qualification()

    def orders(many: int) -> list[WorkOrder]:
        made = []
        for _ in range(many):
            weld = OperationInput("Weld", sign_off="ONE", qualification_ids=[need.pk])
            order = work_order(released=False, operations=[weld])
            work_order(parent_id=order.pk)
            raise_nonconformance(work_order_id=order.pk, description="Crack", **by())
            made.append(order)
        return list(WorkOrder.objects.filter(pk__in=[each.pk for each in made]).select_related("site"))

    def count(many: int) -> int:
        found = orders(many)
        with CaptureQueriesContext(connection) as statements:
            for guard in (children_blockers, signature_blockers, finding_blockers):
                assert len(guard(found)) == many
            assert len(unfilled_qualifications(found, NOW)) == many
            assert permit_blockers(found, NOW) == {}
        return len(statements)

    assert count(2) == count(8) <= 8


def test_people_without_the_right_are_refused() -> None:
    order = job(A)
    nobody = person()
    with pytest.raises(NotAllowed):
        update_operation(operation_id=step(order).pk, title="Other", **by(nobody))
    with pytest.raises(NotAllowed):
        reopen_operation(operation_id=step(order).pk, reason="x", **by(nobody))
    with pytest.raises(NotAllowed):
        ask_permit(work_order_id=order.pk, needs_permit=True, **by(nobody))
    with pytest.raises(NotAllowed):
        raise_nonconformance(work_order_id=order.pk, description="x", **by(nobody))
    with pytest.raises(NotAllowed):
        approve_work_order(work_order_id=order.pk, **by(nobody))


class TestConfirmingTogether:
    """The guards hold for a week's confirmation as they do for single verbs."""

    def final(self, order: WorkOrder, who: Any, *sequences: int) -> list[ConfirmationLine]:
        return [
            ConfirmationLine(
                work_order_id=order.pk, person_id=who.pk, operation_id=step(order, each).pk, hours=Decimal(1),
                worked_on=TODAY, is_final=True,
            )
            for each in sequences
        ]  # fmt: skip

    def test_steps_done_together_do_not_wait_for_each_other(self) -> None:
        order, who = job(A, B, C), worker()
        with pytest.raises(LinesRefused, match="waits for: 20 Fix"):
            confirm_work(lines=self.final(order, who, 10, 30), **by())
        assert confirm_work(lines=self.final(order, who, 10, 20, 30), **by()).finished == [order]

    def test_lines_are_refused_without_reading_qualification_or_permit(self) -> None:
        who = worker()
        gap = job(OperationInput("Set the gap", points=[GAP]))
        with pytest.raises(LinesRefused, match="Not inspected yet: Gap"):
            confirm_work(lines=self.final(gap, who, 10), **by())
        granted(boss(), date(2020, 1, 1))
        gas = job(OperationInput("Test", qualification_ids=[qualification().pk]))
        with pytest.raises(LinesRefused, match="does not hold GAS tester"):
            confirm_work(lines=self.final(gas, who, 10), **by())
        hot = job(A, started=False)
        ask_permit(work_order_id=hot.pk, needs_permit=True, **by())
        with pytest.raises(LinesRefused, match="needs a work permit"):
            confirm_work(lines=self.final(hot, who, 10), **by())
        hot.refresh_from_db()
        assert hot.status == "RELEASED"

    def test_many_orders_are_refused_one_by_one(self) -> None:
        free, signed_for = (job(OperationInput("Weld", sign_off=each)) for each in ("NONE", "ONE"))
        for order in (free, signed_for):
            done(step(order))
            finish_work(work_order_id=order.pk, **by())
        moved = complete_work_orders(work_order_ids=[free.pk, signed_for.pk], **by())
        assert moved.done_ids == [free.pk]
        assert [each.error.code for each in moved.refused] == ["signature_missing"]
