"""The content that signatures of steps are bound to, and which of them still count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cmms.choices import MEANINGS_NEEDED, MovementKind, SignatureMeaning
from cmms.decisions.signed_content import FORMAT, changes_since, plain, signature_digest
from cmms.models import LaborEntry, Operation, Reading, Signature, StockMovement

Content = dict[str, Any]


@dataclass(frozen=True)
class SignatureView:
    """A signature and whether it still counts; `changes` says what is different since, in words."""

    signature: Signature
    is_valid: bool
    changes: list[str] = field(default_factory=list)


def step_contents(operation_ids: Iterable[int]) -> dict[int, Content]:
    """What a signature of each step is bound to, by step; four statements.

    Keys stand for people, items and assets, so that a person who marries or an item that is renamed voids nothing.
    """
    wanted = list(operation_ids)
    readings, labor, parts = _readings(wanted), _labor(wanted), _parts(wanted)
    steps = Operation.objects.filter(pk__in=wanted).select_related("work_order", "certificate")
    return {
        step.pk: plain(
            {
                "format": FORMAT,
                "work_order": step.work_order_id,
                "asset": step.work_order.asset_id,
                "step": _step(step),
                "readings": readings[step.pk],
                "labor": labor[step.pk],
                "parts": parts[step.pk],
            }
        )
        for step in steps
    }


def _step(step: Operation) -> Content:
    return {
        "id": step.pk,
        "sequence": step.sequence,
        "title": step.title,
        "instructions": step.instructions,
        "instructions_revision": step.instructions_revision,
        "execution": step.execution,
        "craft": step.craft_id,
        "status": step.status,
        "done_at": step.done_at,
        "done_by": step.done_by_id,
        "times_reopened": step.times_reopened,
        "certificate": step.certificate.digest if step.certificate else None,
    }


def _grouped(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...]) -> dict[int, list[Content]]:
    """Rows of (step, *values) as named values by step."""
    found: dict[int, list[Content]] = defaultdict(list)
    for step_id, *values in rows:
        found[step_id].append(dict(zip(names, values, strict=True)))
    return found


READING = (
    "id", "point_id", "point__name", "point__unit", "value", "is_in_order", "lower_limit", "upper_limit",
    "is_in_limits", "note", "taken_at", "taken_by_id",
)  # fmt: skip
LABOR = (
    "id", "person_id", "contractor_name", "craft_id", "kind", "is_overtime", "started_at", "ended_at", "hours",
    "note", "reverses_id",
)  # fmt: skip
PART = ("id", "stock_item__item_id", "kind", "quantity", "moved_at", "reverses_id")


def _readings(steps: list[int]) -> dict[int, list[Content]]:
    rows = Reading.objects.filter(point__operation_id__in=steps).order_by("pk")
    return _grouped(rows.values_list("point__operation_id", *READING), READING)


def _labor(steps: list[int]) -> dict[int, list[Content]]:
    rows = LaborEntry.objects.filter(operation_id__in=steps).order_by("pk")
    return _grouped(rows.values_list("operation_id", *LABOR), LABOR)


def _parts(steps: list[int]) -> dict[int, list[Content]]:
    rows = StockMovement.objects.filter(
        request_line__operation_id__in=steps, kind__in=[MovementKind.ISSUE, MovementKind.ISSUE_RETURN]
    ).order_by("pk")
    return _grouped(rows.values_list("request_line__operation_id", *PART), PART)


def signature_views(operation_ids: Iterable[int]) -> dict[int, list[SignatureView]]:
    """Signatures by step, oldest first, each compared with the present content; five statements, or one."""
    found: dict[int, list[SignatureView]] = defaultdict(list)
    signatures = list(Signature.objects.filter(operation_id__in=list(operation_ids)).order_by("pk"))
    if signatures:
        contents = step_contents({each.operation_id for each in signatures})
        for each in signatures:
            found[each.operation_id].append(_compared(each, contents[each.operation_id]))
    return found


def _compared(signature: Signature, content: Content) -> SignatureView:
    now = signature_digest(
        content,
        signer_id=signature.signed_by_id,
        name=signature.signed_name,
        meaning=signature.meaning,
        signed_at=signature.signed_at,
    )
    if now == signature.digest:
        return SignatureView(signature, is_valid=True)
    changes = changes_since(signature.content, content) or ["the signature itself"]
    return SignatureView(signature, is_valid=False, changes=changes)


def missing_meanings(sign_off: str, signatures: Iterable[SignatureView]) -> list[SignatureMeaning]:
    """Signatures that a step asks for and does not validly carry."""
    valid = {each.signature.meaning for each in signatures if each.is_valid}
    return [SignatureMeaning(each) for each in MEANINGS_NEEDED[sign_off] if each not in valid]
