"""The failure vocabulary of an equipment class, and what is recorded on a work order."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cmms.choices import FailureCodeKind
from cmms.models import ClassFailureCode, FailureCode, FailureRecord

# So many fit a phone's screen without scrolling for long; the rest is behind "more".
FIRST_SHOWN = 12


def codes_for_class(asset_class_id: int | None) -> dict[str, list[FailureCode]]:
    """Active codes by kind, in the class's own order; one statement.

    A code that is on the list of some class is offered for those classes only, any other for all.
    """
    of_code = ClassFailureCode.objects.filter(failure_code=OuterRef("pk"))
    own = of_code.filter(asset_class=asset_class_id)
    rows = (
        FailureCode.objects.filter(is_active=True)
        .annotate(place=Coalesce(Subquery(own.values("sequence")[:1]), 9999))
        .filter(Q(Exists(own)) | ~Q(Exists(of_code)))
        .order_by("place", "name", "pk")
    )
    found: dict[str, list[FailureCode]] = {kind: [] for kind in FailureCodeKind}
    for row in rows:
        found[row.kind].append(row)
    return found


def failure_of(work_order_id: int) -> FailureRecord | None:
    """The record that holds for a work order; one statement."""
    record: FailureRecord | None = (
        FailureRecord.objects.current()
        .filter(work_order_id=work_order_id)
        .select_related("mode", "mechanism", "cause", "detection", "recorded_by", "corrects")
        .first()
    )
    return record
