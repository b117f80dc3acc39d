"""Readings of meters, and job plans on their approval path."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.meter_use import Shown, daily_use, total_after
from cmms.models import JobPlanRevision, MeterReading
from cmms.selectors.plan_states import meter_states
from cmms.services.meters import enter_reading
from cmms.services.plans.job_plans import (
    PartInput,
    StepInput,
    approve_revision,
    create_job_plan,
    revise_job_plan,
    send_back_revision,
    submit_revision,
)
from cmms.services.plans.writing import activate_plan, change_plan
from core.errors import Conflict, IllegalTransition, NotAllowed, RuleViolation
from tests.builders import asset, boss, item, person
from tests.plans.upkeep import START, at, every, job_plan, meter, other, plan, read, step

DAYS = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5000)), min_size=1, max_size=10)


@given(DAYS, st.integers(5001, 9000))
def test_the_total_never_falls_over_rollovers_and_replacements(
    uses: list[tuple[int, int]], limit: int
) -> None:
    shown, counted = Shown(Decimal(0), Decimal(0)), 0
    for number, (_, use) in enumerate(uses):
        counted += use
        value = shown.value + use
        kind, old = "NORMAL", None
        if number % 3 == 2:
            kind, old, value = "REPLACED", value, Decimal(number)
        elif value >= limit:
            kind, value = "ROLLOVER", value - limit
        total = total_after(shown, value, kind, rollover_at=Decimal(limit), old_value=old)
        assert total >= shown.total
        shown = Shown(value, total)
    assert shown.total == counted


def test_the_average_use_needs_a_day_and_is_no_data_without() -> None:
    first = (at(START), Decimal(100))
    assert daily_use([first]) is None
    assert daily_use([first, (at(START, 15), Decimal(200))], Decimal(7)) == 7
    assert daily_use([first, (at(START + timedelta(days=4)), Decimal(130))]) == Decimal("7.5")
    assert daily_use([first, (at(START + timedelta(days=4)), Decimal(90))]) is None


@pytest.mark.django_db
class TestReadings:
    def test_a_lower_reading_says_why(self) -> None:
        hours = meter(rollover_at=Decimal(1000))
        read(hours, 900, START)
        day = START + timedelta(days=1)
        with pytest.raises(RuleViolation, match="The last reading was 900") as refused:
            read(hours, 50, day)
        assert refused.value.field == "value" and "replaced" in refused.value.remedy
        assert read(hours, 50, day, kind="ROLLOVER").total == 1050
        with pytest.raises(RuleViolation, match="Say why"):
            read(hours, 40, day + timedelta(days=1), kind="CORRECTION")
        assert read(hours, 40, day + timedelta(days=1), kind="CORRECTION", reason="misread").total == 1040
        last = read(
            hours, 3, day + timedelta(days=2), kind="REPLACED", reason="broken", old_value=Decimal(45)
        )
        assert last.total == 1045
        assert read(hours, 10, day + timedelta(days=3)).total == 1052

    @pytest.mark.parametrize(
        ("value", "more", "words"),
        [
            (-1, {}, "negative"), (1000, {}, "starts again at zero at 1,000"),
            (950, {"kind": "ROLLOVER"}, "did not start again"), (950, {"kind": "WHAT"}, "how the meter"),
            (5, {"kind": "REPLACED", "reason": "x", "old_value": Decimal(1)}, "cannot show less"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, value: int, more: dict[str, Any], words: str) -> None:
        hours = meter(rollover_at=Decimal(1000))
        read(hours, 900, START)
        with pytest.raises(RuleViolation, match=words):
            read(hours, value, START + timedelta(days=1), **more)

    def test_readings_come_in_order_and_not_from_the_future(self) -> None:
        hours = meter()
        with pytest.raises(RuleViolation, match="first reading"):
            read(hours, 1, START, kind="ROLLOVER")
        read(hours, 1, START)
        with pytest.raises(Conflict, match="already a reading"):
            read(hours, 2, START)
        with pytest.raises(RuleViolation, match="future"):
            read(hours, 2, START, read_at=at(START + timedelta(days=1)))
        with pytest.raises(NotAllowed):
            enter_reading(meter_id=hours.pk, value=Decimal(2), actor=person(), at=at(START))
        hours.is_active = False
        hours.save()
        with pytest.raises(Conflict, match="no longer in use"):
            read(hours, 9, START + timedelta(days=2))

    def test_the_average_is_taken_over_the_window(self) -> None:
        hours = meter(window_days=30, expected_daily_use=Decimal(8))
        assert meter_states([hours.pk], at(START)) == {}
        for day, value in ((0, 0), (100, 1000), (120, 1400)):
            read(hours, value, START + timedelta(days=day))
        state = meter_states([hours.pk], at(START + timedelta(days=121)))[hours.pk]
        assert (state.total, state.read_on, state.use) == (1400, START + timedelta(days=120), 20)
        later = meter_states([hours.pk], at(START + timedelta(days=200)))[hours.pk]
        assert later.use == 8

    def test_a_reading_is_a_fact(self) -> None:
        read(meter(), 1, START)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            MeterReading.objects.update(value=2)


@pytest.mark.django_db
class TestJobPlans:
    def test_a_revision_is_written_submitted_and_approved_by_somebody_else(self) -> None:
        work = job_plan(approved=False)
        first = work.revisions.get()
        with pytest.raises(IllegalTransition):
            approve_revision(revision_id=first.pk, actor=other(), at=at(START))
        submit_revision(revision_id=first.pk, actor=boss(), at=at(START))
        with pytest.raises(NotAllowed, match="Who wrote"):
            approve_revision(revision_id=first.pk, actor=boss(), at=at(START))
        send_back_revision(revision_id=first.pk, reason="torque is missing", actor=other(), at=at(START))
        assert JobPlanRevision.objects.get().status == "DRAFT"
        submit_revision(revision_id=first.pk, actor=boss(), at=at(START))
        approve_revision(revision_id=first.pk, actor=other(), at=at(START))
        second = revise_job_plan(
            job_plan_id=work.pk,
            change_note="New grease",
            steps=[step("A"), step("B")],
            actor=boss(),
            at=at(START),
        )
        assert [(each.number, each.status) for each in work.revisions.order_by("number")] == [
            (1, "APPROVED"), (2, "DRAFT"),
        ]  # fmt: skip
        submit_revision(revision_id=second.pk, actor=boss(), at=at(START))
        with pytest.raises(Conflict, match="waits for approval"):
            revise_job_plan(job_plan_id=work.pk, change_note="x", actor=boss(), at=at(START))
        approve_revision(revision_id=second.pk, actor=other(), at=at(START))
        assert list(work.revisions.order_by("number").values_list("status", flat=True)) == [
            "SUPERSEDED",
            "APPROVED",
        ]

    def test_a_new_revision_starts_from_the_last(self) -> None:
        part = item()
        work = job_plan(parts=[PartInput(part.pk, Decimal(2), lead_days=5)])
        second = revise_job_plan(job_plan_id=work.pk, change_note="Clearer words", actor=boss(), at=at(START))
        assert [each.title for each in second.steps.all()] == ["Grease the bearings"]
        assert [(each.item_id, each.quantity, each.lead_days) for each in second.parts.all()] == [
            (part.pk, 2, 5)
        ]

    def test_the_database_refuses_an_approver_who_is_the_author(self) -> None:
        revision = job_plan().revisions.get()
        revision.approved_by = revision.author
        with pytest.raises(IntegrityError, match="approver_is_not_author"), transaction.atomic():
            revision.save()

    @pytest.mark.parametrize(
        ("values", "field"),
        [({"code": " "}, "code"), ({"name": ""}, "name"), ({"steps": [StepInput(" ")]}, "steps")],
    )
    def test_what_is_missing_is_named(self, values: dict[str, Any], field: str) -> None:
        with pytest.raises(RuleViolation) as refused:
            create_job_plan(**{"code": "JP-A", "name": "A", "actor": boss(), "at": at(START), **values})
        assert refused.value.field == field

    def test_a_part_twice_and_an_empty_plan_are_refused(self) -> None:
        part = item()
        with pytest.raises(RuleViolation, match="twice"):
            job_plan(parts=[PartInput(part.pk, Decimal(1)), PartInput(part.pk, Decimal(1))])
        empty = create_job_plan(code="JP-E", name="Empty", actor=boss(), at=at(START))
        with pytest.raises(RuleViolation, match="without a step"):
            submit_revision(revision_id=empty.revisions.get().pk, actor=boss(), at=at(START))


@pytest.mark.django_db
class TestPlans:
    def test_a_plan_is_switched_on_only_with_approved_work(self) -> None:
        made = plan(every(of=job_plan(approved=False)), active=False)
        with pytest.raises(Conflict, match="no approved revision"):
            activate_plan(plan_id=made.pk, actor=boss(), at=at(START))

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"title": " "}, "title"), ({"season_start": "04-01"}, "season_end"),
            ({"season_start": "13-01", "season_end": "05-01"}, "season_start"), ({"trigger": "METER"}, "meter_id"),
            ({"ends_on": date(2025, 1, 1)}, "ends_on"), ({"merge_days": 28}, "merge_days"),
            ({"asset_id": None}, "asset_id"), ({"surprise": 1}, "surprise"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_named(self, values: dict[str, Any], field: str) -> None:
        with pytest.raises(RuleViolation) as refused:
            plan(active=False, **values)
        assert refused.value.field == field

    def test_a_changed_plan_keeps_its_cycles_and_packages(self) -> None:
        small, big = job_plan("Small"), job_plan("Big")
        made = plan(every(1, of=small))
        change_plan(
            plan_id=made.pk, packages=[every(2, of=small), every(6, of=big, hierarchy=2)], title=" New name ",
            actor=boss(), at=at(START),
        )  # fmt: skip
        made.refresh_from_db()
        assert made.title == "New name"
        assert [str(each.every_count) for each in made.packages.order_by("pk")] == ["2", "6"]
        assert all(hasattr(each, "clock") for each in made.packages.all())
        change_plan(plan_id=made.pk, packages=[every(6, of=big)], actor=boss(), at=at(START))
        assert list(made.packages.order_by("pk").values_list("is_active", flat=True)) == [False, True]

    def test_a_stop_of_another_site_is_refused(self) -> None:
        far = asset()
        far.site = type(far.site).objects.create(code="FAR", name="Far")
        far.save()
        with pytest.raises(RuleViolation, match="plan's site"):
            plan(active=False, stop_ids=[far.pk])
