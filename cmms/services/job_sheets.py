"""The printed job sheet."""

from __future__ import annotations

from datetime import datetime

from cmms.models import WorkOrder
from cmms.selectors.job_sheet import job_sheet
from core.access import require
from core.errors import NotFound
from core.models import User
from core.services.printing import qr_svg, render_pdf

TEMPLATE = "cmms/job_sheet.typ"
PEOPLE_AND_PLACES = ("asset", "location", "site", "assignee", "requester")


def print_job_sheet(*, work_order_id: int, address: str, actor: User, at: datetime) -> bytes:
    """The job sheet as a PDF; its code leads to `address`, the order's page. Raises NotFound."""
    require(actor, "cmms.view_workorder")
    order = WorkOrder.objects.select_related(*PEOPLE_AND_PLACES).filter(pk=work_order_id).first()
    if order is None:
        raise NotFound("That work order does not exist.", field="work_order_id")
    return render_pdf(template=TEMPLATE, data={**job_sheet(order, at), "qr": qr_svg(text=address)})
