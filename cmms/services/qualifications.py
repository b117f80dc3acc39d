"""Who holds which qualification, from when to when."""

from __future__ import annotations

from datetime import date, datetime

from cmms.decisions.qualification import last_day
from cmms.models import PersonQualification, Qualification
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User

MANAGE = "cmms.manage_qualifications"


@command
def grant_qualification(
    *,
    person_id: int,
    qualification_id: int,
    valid_from: date,
    actor: User,
    at: datetime,
    valid_until: date | None = None,
    never_ends: bool = False,
    certificate_number: str = "",
    certificate_id: int | None = None,
) -> PersonQualification:
    """A person holds a qualification from a day on.

    Without a last day the usual validity counts, unless `never_ends`. A renewal is a further row; what was held
    before stays. Raises RuleViolation where it would end before it starts.
    """
    require(actor, MANAGE)
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound("That person does not exist or has left.", field="person_id")
    qualification = Qualification.objects.filter(pk=qualification_id).first()
    if qualification is None or not qualification.is_active:
        raise NotFound("That qualification does not exist or is no longer used.", field="qualification_id")
    if valid_until is None and not never_ends:
        valid_until = last_day(valid_from, qualification.valid_months)
    if valid_until is not None and valid_until < valid_from:
        raise RuleViolation("A qualification cannot end before it starts.", field="valid_until")
    if person.qualifications.filter(qualification=qualification, valid_from=valid_from).exists():
        raise Conflict(f"{person} already holds {qualification} from that day.", field="valid_from")
    row = PersonQualification(
        person=person, qualification=qualification, valid_from=valid_from, valid_until=valid_until,
        certificate_number=certificate_number.strip(), certificate_id=certificate_id,
    )  # fmt: skip
    row.clean_fields(exclude=["person", "qualification", "certificate"])
    row.save()
    return row


@command
def withdraw_qualification(
    *, person_qualification_id: int, reason: str, actor: User, at: datetime, withdrawn_on: date | None = None
) -> PersonQualification:
    """It no longer counts from a day on (today unless said), for a reason; the row stays."""
    require(actor, MANAGE)
    if not reason.strip():
        raise RuleViolation("Say why it is withdrawn.", field="reason")
    row: PersonQualification | None = (
        PersonQualification.objects.select_for_update(of=("self",))
        .select_related("person", "qualification")
        .filter(pk=person_qualification_id)
        .first()
    )
    if row is None:
        raise NotFound("That qualification is not held.", field="person_qualification_id")
    if row.withdrawn_on is not None:
        raise Conflict(f"{row} is already withdrawn.")
    row.withdrawn_on = withdrawn_on or at.date()
    row.withdrawal_reason = reason.strip()[:200]
    row.save()
    return row
