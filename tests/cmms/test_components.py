"""Numbered parts in assets: fitted and removed by work order, where used both ways."""

from decimal import Decimal

import pytest

from cmms.choices import SerialStatus, Tracking
from cmms.models import Fitting, Serial
from cmms.selectors.stock_replay import replay_differences
from cmms.services.components import fit_component, remove_component, store_component
from cmms.services.stock import Pick, return_parts
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from tests.builders import NOW, asset, boss, item, person, work_order
from tests.cmms.test_stock_places import issue, keys, line_of, serials, tracked

pytestmark = pytest.mark.django_db


def fit(number: str, of: int, on: int, **values: object) -> Fitting:
    return fit_component(work_order_id=on, item_id=of, serial_number=number, actor=boss(), at=NOW, **values)  # type: ignore[arg-type]


def test_a_part_goes_from_the_shelf_into_the_asset_and_back() -> None:
    held = serials(tracked(Tracking.SERIAL, 1), "s1")
    with pytest.raises(RuleViolation, match="still in"):
        fit("s1", held.item_id, work_order().pk)
    movement = issue(line_of(held, 1), 1, [Pick(Decimal(1), serial_ids=keys("s1"))])
    order = movement.work_order
    fitting = fit("s1", held.item_id, order.pk, position="drive end")
    assert (fitting.asset, fitting.serial.status) == (order.asset, SerialStatus.FITTED)
    with pytest.raises(Conflict, match="fitted in"):
        fit("s1", held.item_id, order.pk)
    with pytest.raises(RuleViolation, match="fitted in"):
        return_parts(movement_id=movement.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)
    later = work_order(on=order.asset)
    with pytest.raises(RuleViolation, match="Say why"):
        remove_component(fitting_id=fitting.pk, work_order_id=later.pk, reason="", actor=boss(), at=NOW)
    out = remove_component(fitting_id=fitting.pk, work_order_id=later.pk, reason="worn", actor=boss(), at=NOW)
    assert (out.serial.status, out.serial.work_order) == (SerialStatus.REMOVED, later)
    with pytest.raises(Conflict, match="was removed"):
        remove_component(fitting_id=fitting.pk, work_order_id=later.pk, reason="worn", actor=boss(), at=NOW)
    back = store_component(serial_id=out.serial_id, storeroom_id=held.storeroom_id, actor=boss(), at=NOW)
    assert (back.quantity, back.value, back.kind) == (1, 0, "REFURBISHED")
    assert list(order.asset.fittings.all()) == [fitting]
    assert replay_differences() == []


def test_a_number_from_elsewhere_is_entered_as_fitted() -> None:
    order, part = work_order(), item()
    fitting = fit(" x9 ", part.pk, order.pk)
    assert (fitting.serial.number, fitting.serial.asset) == ("x9", order.asset)
    with pytest.raises(NotFound, match="Choose the part"):
        fit("x8", 0, order.pk)


def test_it_is_fitted_where_it_is_said_and_scrapped_it_is_gone() -> None:
    other = asset()
    fitting = fit("x1", item().pk, work_order().pk, asset_id=other.pk)
    assert fitting.asset == other
    remove_component(
        fitting_id=fitting.pk,
        work_order_id=work_order().pk,
        reason="cracked",
        is_scrapped=True,
        actor=boss(),
        at=NOW,
    )
    assert Serial.objects.get().status == SerialStatus.GONE
    with pytest.raises(RuleViolation, match="no longer ours"):
        store_component(serial_id=fitting.serial_id, storeroom_id=1, actor=boss(), at=NOW)
    assert fit("x1", fitting.serial.item_id, work_order().pk).serial_id == fitting.serial_id


def test_it_takes_the_right() -> None:
    with pytest.raises(NotAllowed):
        fit_component(
            work_order_id=work_order().pk, item_id=item().pk, serial_number="x", actor=person(), at=NOW
        )
