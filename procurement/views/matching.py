"""Match runs with their progress, and the queue of holds."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage, FragmentView
from procurement.choices import MatchRunStatus, RunItemStatus
from procurement.filters import HoldFilter, MatchRunFilter
from procurement.models import Hold, Invoice, MatchRun
from procurement.selectors.buying import holds_by_kind
from procurement.services.match_runs import run_progress, start_match_run

MOST_SHOWN = 100
JOB = "procurement.run_match"


class StartMatch(CommandView):
    """Match all invoices that wait for it."""

    title = "Match all"
    intro = "Every entered or held invoice is compared with its order and receipts."
    permission = "procurement.match_invoice"
    success_message = "The match is running."

    def run(self, form: Any) -> object:
        """Start the run; the job goes to the worker when this is stored."""
        return self.start(None)

    def start(self, invoice_ids: list[int] | None) -> MatchRun:
        """One run over these invoices, or all."""
        run = start_match_run(invoice_ids=invoice_ids, actor=self.actor, at=self.at)
        job = current_app.signature(JOB, args=(run.pk,))
        transaction.on_commit(partial(job.delay))
        return run

    def success_url(self, result: Any) -> str:
        """The run's page."""
        return reverse("procurement:match-run", args=[result.pk])

    def cancel_url(self) -> str:
        """Back to the inbox."""
        return reverse("procurement:invoices")


class MatchOne(StartMatch):
    """Match one invoice."""

    title = "Match this invoice"
    intro = ""
    queryset = Invoice.objects.all()

    def run(self, form: Any) -> object:
        """Start a run of one."""
        return self.start([self.object.pk])

    def success_url(self, result: Any) -> str:
        """The run's page; it leads back to the invoice."""
        return reverse("procurement:match-run", args=[result.pk])

    def cancel_url(self) -> str:
        """The invoice."""
        return reverse("procurement:invoice", args=[self.object.pk])


class MatchRunList(ListPage):
    """All runs."""

    title = "Match runs"
    permission = "procurement.view_matchrun"
    queryset = MatchRun.objects.select_related("requested_by")
    filterset_class = MatchRunFilter
    search_fields = ("number",)
    search_hint = "Number of the run"
    default_sort = "-number"
    columns = (
        Column("number", "Run", kind="link", url_name="procurement:match-run", phone="title", sort="number"),
        Column("total", "Invoices", kind="number", sort="total"),
        Column("requested_by", "Started by", sort="requested_by__last_name"),
        Column("created_at", "Started", kind="datetime", sort="created_at"),
        Column("finished_at", "Finished", kind="datetime", sort="finished_at"),
        Column("status", "Status", kind="status", phone="pill", sort="status"),
    )
    empty_title = "No match has run yet"
    empty_text = "Start one from the invoice inbox."


class _OfRun:
    """What the page of a run and its progress show."""

    object: MatchRun

    def extra_context(self) -> dict[str, Any]:
        """How far it is; what happened, once it is finished."""
        is_finished = self.object.status == MatchRunStatus.FINISHED
        shown = (
            self.object.items.exclude(status=RunItemStatus.PENDING)
            .select_related("invoice__supplier")
            .order_by("status", "outcome", "invoice_id")[:MOST_SHOWN]
        )
        return {
            "progress": run_progress(run_id=self.object.pk),
            "is_finished": is_finished,
            "items": shown if is_finished else [],
        }


class MatchRunPage(_OfRun, DetailPage):
    """One run."""

    permission = "procurement.view_matchrun"
    queryset = MatchRun.objects.select_related("requested_by")
    template_name = "procurement/match_run.html"
    shows_history = False


class MatchRunProgress(_OfRun, FragmentView):
    """The part of the page that is fetched every second until the run is finished."""

    permission = "procurement.view_matchrun"
    queryset = MatchRun.objects.all()
    template_name = "procurement/_match_progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Never from a cache."""
        response = super().get(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class HoldQueue(ListPage):
    """Why invoices wait, oldest first."""

    title = "Holds"
    permission = "procurement.view_hold"
    template_name = "procurement/hold_queue.html"
    queryset = Hold.objects.active().select_related("invoice__supplier", "invoice_line")
    filterset_class = HoldFilter
    search_fields = ("invoice__number", "invoice__supplier__name", "invoice__supplier_number")
    search_hint = "Invoice, supplier"
    default_sort = "placed_at"
    columns = (
        Column(
            "invoice.number",
            "Invoice",
            kind="link",
            phone="title",
            sort="invoice__number",
            url=lambda row: f"{reverse('procurement:invoice', args=[row.invoice_id])}#hold-{row.pk}",
        ),
        Column("invoice.supplier.name", "Supplier", sort="invoice__supplier__name"),
        Column("kind", "Cause", sort="kind"),
        Column("explanation", "Arithmetic", cost=True, phone="text", sort="explanation"),
        Column("waits_for", "Waits for", sort="waits_for"),
        Column("blocks", "Stops", phone="hidden", sort="blocks"),
        Column("placed_at", "Since", kind="datetime", sort="placed_at"),
    )
    empty_title = "No invoice is held"
    empty_text = "Everything that was matched agreed within its tolerances."

    def extra_context(self) -> dict[str, Any]:
        """The causes with their numbers."""
        return {"causes": holds_by_kind()}
