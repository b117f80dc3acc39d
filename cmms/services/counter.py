"""Over the counter: somebody stands at the storeroom and takes a part for a work order, without asking before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cmms.choices import RequestLineKind
from cmms.models import PartsRequestLine, StockMovement
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import locked_work_order
from cmms.services.stock.balances import ISSUE, locked_balance
from cmms.services.stock.issuing import STATES_WITH_ISSUES, issue_parts
from cmms.services.stock.places import Pick
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import RuleViolation
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
    row = locked_balance(stock_item_id=stock_item_id)
    free = row.quantity_on_hand - row.quantity_reserved
    if quantity <= 0 or quantity > free:
        raise RuleViolation(
            f"{quantity_text(free)} of {row.item} are free in {row.storeroom}.",
            field="quantity",
            remedy="What is promised to other work can be moved on the list of promises." if not free else "",
        )
    need = RequestLineInput(
        kind=RequestLineKind.ITEM, quantity=quantity, item_id=row.item_id, storeroom_id=row.storeroom_id
    )
    request = request_parts(
        work_order_id=work_order_id, lines=[need], note="Over the counter", actor=actor, at=at
    )
    line = PartsRequestLine.objects.get(parts_request=request)
    return issue_parts(request_line_id=line.pk, quantity=quantity, picks=picks, actor=actor, at=at)
