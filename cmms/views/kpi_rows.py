"""The rows behind each figure, and the cost report of assets: lists with search, sorting and export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from cmms.choices import CostBucket
from cmms.forms.kpis import QuestionForm
from cmms.models import Asset
from cmms.selectors.asset_report import asset_cost_report, costs_of
from cmms.selectors.kpis import KINDS, Question, rows_of
from cmms.selectors.kpis.preventive import verdict
from cmms.views.assets import asset_url
from cmms.views.bases import order_url
from cmms.views.downtime import hours_of, state_of, stop_url
from cmms.views.kpis import SEE
from core.access import VIEW_COSTS, require
from core.money import round_figure
from core.views.lists import Column, ListPage


class QuestionSet:
    """The question's form in the place of a filter: it says which rows there are, not which of them are shown."""

    def __init__(self, data: Any, *, queryset: Any, request: HttpRequest) -> None:
        self.form, self.qs = QuestionForm(data, now=timezone.now()), queryset


def _order(path: str = "") -> Callable[[Any], str]:
    def url(row: Any) -> str:
        owner = row
        for step in filter(None, path.split(".")):
            owner = getattr(owner, step)
        return order_url(owner.pk)

    return url


def _asset(row: Any) -> str:
    return asset_url(row.asset_id) if row.asset_id else ""


WORK = (
    Column("number", "Work order", sort="number", url=_order()),
    Column("title", "Work", phone="title", sort="title", url=_order()),
    Column("asset", "Asset", phone="text", sort="asset__code"),
    Column("status", "State", kind="status", phone="pill", sort="status"),
    Column("priority", "Priority", sort="priority"),
    Column("reported_at", "Reported", kind="datetime", sort="reported_at"),
    Column("work_done_at", "Work done", kind="datetime", sort="work_done_at"),
)
COST = (
    Column(
        "work_order.number", "Work order", phone="title", sort="work_order__number", url=_order("work_order")
    ),
    Column("asset.code", "Asset", sort="asset__code", url=_asset),
    Column("bucket", "Kind", sort="bucket"),
    Column("description", "What", phone="text"),
    Column("amount", "Amount", kind="money", cost=True, sort="amount"),
    Column("occurred_on", "On", kind="date", sort="occurred_on"),
)
ON_ORDER = (
    Column(
        "work_order.number", "Work order", phone="title", sort="work_order__number", url=_order("work_order")
    ),
    Column("work_order.title", "Work", phone="text", sort="work_order__title"),
)


def preventive_verdict(row: Any) -> str:
    """Whether it was on time under the rule that was asked for."""
    return verdict(
        due_at=row.due_at, done_at=row.done, before=row.before, after=row.after, status=row.status,
        rule=row.pm_rule, now=row.asked_at,
    )  # fmt: skip


COLUMNS: dict[str, tuple[Column, ...]] = {
    "stops": (
        Column("asset", "Asset", phone="title", sort="asset__code", url=lambda row: stop_url(row.pk)),
        Column(state_of, "State", kind="status", phone="pill", key="state"),
        Column("started_at", "Down since", kind="datetime", sort="started_at"),
        Column("ended_at", "Ran again", kind="datetime", sort="ended_at"),
        Column(hours_of, "Hours", kind="number", key="hours"),
        Column("is_planned", "Planned", kind="bool", sort="is_planned"),
        Column("reason", "Reason", phone="text"),
        Column("work_order.number", "Work order", sort="work_order__number"),
    ),
    "failures": (
        Column("asset", "Asset", phone="title", sort="asset__code", url=_order("work_order")),
        Column("occurred_at", "Failed", kind="datetime", sort="occurred_at"),
        Column("mode.name", "Observed mode (ISO 14224)", phone="text", sort="mode__name"),
        Column("mechanism.name", "Mechanism"),
        Column("cause.name", "Cause"),
        Column("work_order.number", "Work order", sort="work_order__number"),
    ),
    "corrective": WORK,
    "repairs": WORK,
    "labor": (
        *ON_ORDER,
        Column("nature", "Kind of work", sort="nature"),
        Column("person", "Person", sort="person__last_name"),
        Column("kind", "Spent on", sort="kind"),
        Column("started_at", "From", kind="datetime", sort="started_at"),
        Column("hours", "Hours", kind="number", sort="hours"),
    ),
    "preventive": (
        *WORK[:4],
        Column("due_at", "Due", kind="datetime", sort="due_at"),
        Column("done", "Done", kind="datetime", sort="done"),
        Column(preventive_verdict, "On time", key="verdict"),
    ),
    "scheduled": (
        *ON_ORDER,
        Column("schedule.starts_on", "Week from", kind="date", sort="schedule__starts_on"),
        Column("schedule.site.code", "Site", sort="schedule__site__code"),
        Column("hours", "Hours", kind="number", sort="hours"),
        Column("done", "Done in its week", kind="bool", sort="done"),
    ),
    "ready": (*WORK[:5], Column("planned_hours", "Planned hours", kind="number", sort="planned_hours")),
    "open": WORK,
    "finished": WORK,
    "estimated": (
        *WORK[:4],
        Column("estimate_cost", "Estimate", kind="money", cost=True, sort="estimate_cost"),
        Column("actual_cost", "Actual", kind="money", cost=True, sort="actual_cost"),
    ),
    "costs": COST,
    "year-costs": COST,
    "demands": (
        Column("description", "Part", phone="title", url=_order("parts_request.work_order")),
        Column("item.code", "Code", sort="item__code"),
        Column("quantity", "Asked for", kind="quantity", unit="unit", sort="quantity"),
        Column("short_at_request", "Not in stock then", kind="quantity", unit="unit", sort="short_at_request"),
        Column("parts_request.work_order.number", "Work order", sort="parts_request__work_order__number"),
        Column("parts_request.created_at", "Asked", kind="datetime", sort="parts_request__created_at"),
    ),
    "waits": (
        *ON_ORDER,
        Column("started_at", "From", kind="datetime", sort="started_at"),
        Column("ended_at", "To", kind="datetime", sort="ended_at"),
        Column("note", "Note"),
    ),
    "stock": (
        Column("item.name", "Part", phone="title", sort="item__name"),
        Column("item.code", "Code", sort="item__code"),
        Column("storeroom.name", "Storeroom", sort="storeroom__code"),
        Column("quantity_on_hand", "On hand", kind="quantity", unit="item.unit", sort="quantity_on_hand"),
        Column("value", "Value", kind="money", cost=True, sort="value"),
    ),
}  # fmt: skip
SEARCH: dict[str, tuple[str, ...]] = {
    "work": ("number", "title", "asset__code", "asset__name"),
    "order": ("work_order__number", "work_order__title"),
    "stops": ("asset__code", "asset__name", "reason", "work_order__number"),
    "failures": ("asset__code", "asset__name", "mode__name", "work_order__number"),
    "costs": ("work_order__number", "asset__code", "description"),
    "demands": ("item__code", "description", "parts_request__work_order__number"),
    "stock": ("item__code", "item__name", "storeroom__code"),
}
LIKE_WORK = {"corrective", "repairs", "preventive", "ready", "open", "finished", "estimated"}


class AnswersQuestion(ListPage):
    """A list whose rows follow from the question in its filter fields."""

    permission = SEE
    template_name = "cmms/figure_rows.html"
    filterset_class = QuestionSet
    question: Question
    subtitle: ClassVar[str] = "The rows that the figure is made from."
    empty_title = "No rows"
    empty_text = "Nothing of this kind falls into the period."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The list; an unclear question has no rows and says why."""
        self.asked = QuestionForm(request.GET, now=self.at)
        if self.asked.is_valid():
            self.question = self.asked.question()
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        """What the question means; nothing where it is unclear."""
        return self.answer() if self.asked.is_valid() else Asset.objects.none()

    def extra_context(self) -> dict[str, Any]:
        """What is unclear about the question, and the way back to the figures."""
        return {"asked": self.asked, "figures_query": self.request.GET.urlencode()}

    def answer(self) -> QuerySet[Any]:
        """The rows of a clear question."""
        raise TypeError(f"{type(self).__name__} answers nothing")


class KpiRows(AnswersQuestion):
    """The rows of one kind."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """The columns of the kind in the address."""
        super().setup(request, *args, **kwargs)
        self.kind = str(kwargs["kind"])
        if self.kind not in KINDS:
            raise Http404
        self.title = KINDS[self.kind].title  # type: ignore[misc]
        self.columns = COLUMNS[self.kind]  # type: ignore[misc]
        known = "work" if self.kind in LIKE_WORK else "costs" if self.kind == "year-costs" else self.kind
        self.search_fields = SEARCH.get(known, SEARCH["order"])  # type: ignore[misc]

    def answer(self) -> QuerySet[Any]:
        """Those that the figure was made from."""
        if KINDS[self.kind].is_cost:
            require(self.actor, VIEW_COSTS)
        rows: QuerySet[Any] = rows_of(self.kind, self.question)
        if self.kind == "preventive":
            rows = rows.annotate(
                done=Coalesce("work_done_at", "completed_at"),
                pm_rule=Value(self.question.pm_rule),
                asked_at=Value(self.question.now),
            )
        return rows


def _cost(name: str) -> Callable[[Any], Any]:
    return lambda row: costs_of(row)[name.lower()]


def _share(row: Any) -> Any:
    share = costs_of(row)["percent_of_value"]
    return None if share is None else round_figure(share, 1)


class AssetCostReport(AnswersQuestion):
    """What each asset with everything below it has cost in the period."""

    title = "Cost per asset"
    permission = "cmms.view_costentry"
    search_fields = ("code", "name")
    search_hint = "Code or name"
    default_sort = "code"
    columns = (
        Column("code", "Asset", sort="code", url=lambda row: asset_url(row.pk)),
        Column("name", "Name", phone="title", sort="name", url=lambda row: asset_url(row.pk)),
        *(
            Column(_cost(bucket), bucket.label, kind="money", cost=True, phone="hidden", key=bucket.lower())
            for bucket in CostBucket
        ),
        Column("total", "Total", kind="money", cost=True, sort="total", phone="pill"),
        Column(_cost("entries"), "Entries", kind="number", key="entries"),
        Column("replacement_value", "Replacement value", kind="money", cost=True, sort="replacement_value"),
        Column(_share, "% of value", kind="number", cost=True, key="share"),
    )

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        """Which currency."""
        return f"With everything below each asset, in {settings.BASE_CURRENCY}. An asset above counts its parts again."

    def answer(self) -> QuerySet[Any]:
        """The assets of the question."""
        require(self.actor, VIEW_COSTS)
        since, until = self.question.since, self.question.until
        rows = asset_cost_report(since.date(), until.date())
        if self.question.is_whole:
            return rows
        return rows.filter(pk__in=self.question.population.asset_ids)
