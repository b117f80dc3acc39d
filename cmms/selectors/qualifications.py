"""Who holds what until when."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from cmms.models import PersonQualification, Qualification
from cmms.selectors.people import workers
from core.models import User

SOON = 60  # days
MOST = 500


@dataclass(frozen=True)
class MatrixCell:
    """One person and one qualification. `state`: none, valid, soon (ends within SOON days), over, later."""

    qualification: Qualification
    state: str
    until: date | None = None


@dataclass(frozen=True)
class MatrixRow:
    """One person."""

    person: User
    cells: list[MatrixCell]


@dataclass(frozen=True)
class Matrix:
    """People by qualifications; `ending`: how many held ones end soon."""

    qualifications: list[Qualification]
    rows: list[MatrixRow]
    ending: int


def qualification_matrix(*, day: date, craft_id: int | None = None) -> Matrix:
    """Active qualifications by who does maintenance work (of one trade), as of `day`; three statements.

    At most 500 people. The row that lasts longest counts for a cell.
    """
    people = workers().select_related("technician__craft")
    if craft_id is not None:
        people = people.filter(technician__craft_id=craft_id)
    shown = list(people[:MOST])
    qualifications = list(Qualification.objects.filter(is_active=True).order_by("name", "pk"))
    held: dict[tuple[int, int], list[PersonQualification]] = defaultdict(list)
    for row in PersonQualification.objects.filter(person__in=shown).order_by("pk"):
        held[row.person_id, row.qualification_id].append(row)
    rows = [
        MatrixRow(person, [_cell(each, held[person.pk, each.pk], day) for each in qualifications])
        for person in shown
    ]
    ending = sum(1 for row in rows for cell in row.cells if cell.state == "soon")
    return Matrix(qualifications, rows, ending)


def _cell(qualification: Qualification, rows: list[PersonQualification], day: date) -> MatrixCell:
    living = [row for row in rows if row.withdrawn_on is None or row.withdrawn_on > day]
    if not living:
        return MatrixCell(qualification, "none")
    counting = [row for row in living if row.valid_from <= day and (row.valid_until or date.max) >= day]
    if counting:
        last = max(row.valid_until or date.max for row in counting)
        # A renewal that follows on without a gap lasts on.
        for row in sorted(living, key=lambda each: each.valid_from):
            if last < date.max and row.valid_from <= last + timedelta(days=1):
                last = max(last, row.valid_until or date.max)
        until = None if last == date.max else last
        soon = until is not None and until < day + timedelta(days=SOON)
        return MatrixCell(qualification, "soon" if soon else "valid", until)
    coming = [row for row in living if row.valid_from > day]
    if coming:
        return MatrixCell(qualification, "later", min(row.valid_from for row in coming))
    return MatrixCell(qualification, "over", max(row.valid_until or date.min for row in living))
