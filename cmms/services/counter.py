"""Over the counter: somebody stands at the storeroom and takes a part for a work order, without asking before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cmms.choices import RequestLineKind
from cmms.models import PartsRequestLine, StockItem, StockMovement
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import locked_work_order
from cmms.services.stock.balances import ISSUE
from cmms.services.stock.issuing import STATES_WITH_ISSUES, issue_parts
from cmms.services.stock.places import Pick
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import NotFound, RuleViolation
from core.models import User


@command
def issue_over_the_counter(
    *,
    stock_item_id: int,
    work_order_id: int,
    quantity: Decimal,
    actor: User,
    at: datetime,
    picks: Sequence[Pick] = (),
) -> StockMovement:
    """Ask for a part and hand it over in one. Raises RuleViolation for more than is free."""
    require(actor, ISSUE)
    locked_work_order(work_order_id=work_order_id).require(*STATES_WITH_ISSUES)
    held = StockItem.objects.select_related("item", "storeroom").filter(pk=stock_item_id).first()
    if held is None:
        raise NotFound("That balance does not exist.", field="stock_item_id")
    if quantity <= 0:
        raise RuleViolation("The quantity must be greater than zero.", field="quantity")
    need = RequestLineInput(
        kind=RequestLineKind.ITEM, quantity=quantity, item_id=held.item_id, storeroom_id=held.storeroom_id
    )
    # Asked for first, looked at then: the asking takes its locks in the one order, and is undone if it is refused.
    request = request_parts(
        work_order_id=work_order_id, lines=[need], note="Over the counter", actor=actor, at=at
    )
    line = PartsRequestLine.objects.get(parts_request=request)
    if line.quantity_reserved < quantity:
        raise RuleViolation(
            f"{quantity_text(line.quantity_reserved)} of {held.item} are free in {held.storeroom}.",
            field="quantity",
            remedy="What is promised to other work can be moved on the list of promises.",
        )
    return issue_parts(request_line_id=line.pk, quantity=quantity, picks=picks, actor=actor, at=at)
