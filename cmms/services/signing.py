"""Signing a step: the password entered anew, the signature bound to the content."""

from __future__ import annotations

from datetime import datetime

from cmms.choices import MEANINGS_NEEDED, OperationStatus, SignatureMeaning
from cmms.decisions.signed_content import signature_digest
from cmms.models import Operation, Signature, WorkOrder
from cmms.selectors.readiness import work_day
from cmms.selectors.signed import SignatureView, signature_views, step_contents
from cmms.services.guards import guard_qualified
from cmms.services.steps import locked_step
from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import User
from core.services.reauthentication import confirm_identity

SIGN = "cmms.sign_work"


@command
def sign_operation(*, operation_id: int, meaning: str, password: str, actor: User, at: datetime) -> Signature:
    """Sign a done step as the actor, who enters the password anew.

    The digest binds name, time and meaning to the step's present content (see decisions/signed_content.py): a later
    change of it shows the signature void. Raises Conflict where the step is not done or already carries a valid
    signature of that meaning, NotAllowed for a wrong password, or where who did the step would check it too.
    """
    require(actor, SIGN)
    if meaning not in SignatureMeaning.values:
        raise RuleViolation("Say what the signature means.", field="meaning")
    order, step = locked_step(operation_id=operation_id)
    if order.is_finished:
        raise Conflict(f"{order} is finished, so nothing more is signed on it.", remedy="Reopen it first.")
    if step.status != OperationStatus.DONE:
        raise Conflict(f"Step {step} is not done.", remedy="Finish it, then sign it.")
    _check_meaning(step, order, meaning, actor, at)
    confirm_identity(actor=actor, password=password)
    content = step_contents([step.pk])[step.pk]
    name = str(actor)
    return Signature.objects.create(
        operation=step, meaning=meaning, signed_by=actor, signed_name=name, signed_at=at, content=content,
        digest=signature_digest(content, signer_id=actor.pk, name=name, meaning=meaning, signed_at=at),
    )  # fmt: skip


def _check_meaning(step: Operation, order: WorkOrder, meaning: str, actor: User, at: datetime) -> None:
    """Who did it signs for the work; somebody else checks it, after that."""
    valid = [each for each in signature_views([step.pk])[step.pk] if each.is_valid]
    if any(each.signature.meaning == meaning for each in valid):
        raise Conflict(f"Step {step} already carries a valid signature: {SignatureMeaning(meaning).label}.")
    if meaning == SignatureMeaning.PERFORMED:
        if step.done_by_id != actor.pk:
            raise NotAllowed(
                f"Step {step} was done by {step.done_by}, who signs for it.", field="meaning",
                remedy="Sign that you checked it, or have it opened again and do it.",
            )  # fmt: skip
        guard_qualified(worked=[(step.pk, actor.pk, work_day(order, step.done_at or at))])
        return
    if actor.pk == step.done_by_id or _performed_by(valid, actor):
        raise NotAllowed(
            "Who did the work cannot check it too.", field="meaning", remedy="Somebody else has to check it."
        )
    needs_first = SignatureMeaning.PERFORMED in MEANINGS_NEEDED[step.sign_off]
    if needs_first and not any(each.signature.meaning == SignatureMeaning.PERFORMED for each in valid):
        raise Conflict(f"{step.done_by} signs step {step} first.", field="meaning")


def _performed_by(valid: list[SignatureView], actor: User) -> bool:
    return any(each.signature.signed_by_id == actor.pk for each in valid)
