"""The printed job sheet of a work order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from cmms.models import WorkOrder
from cmms.services.job_sheets import print_job_sheet
from cmms.views.bases import order_url
from core.views.pages import OfOneRow


class JobSheet(OfOneRow):
    """One order on paper."""

    permission = "cmms.view_workorder"
    queryset = WorkOrder.objects.all()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The PDF, with a code that leads back to the order."""
        self.load()
        address = request.build_absolute_uri(order_url(self.object.pk))
        pdf = print_job_sheet(work_order_id=self.object.pk, address=address, actor=self.actor, at=self.at)
        response = HttpResponse(pdf, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{self.object.number}.pdf"'
        response["X-Content-Type-Options"] = "nosniff"
        return response
