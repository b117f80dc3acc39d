"""Maintenance figures, the rows behind them, reports, and locked weeks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cmms.api.inputs import KeyField
from cmms.choices import FailureBasis, PmRule
from cmms.forms.kpis import QuestionForm
from cmms.models import Asset, ScheduledWork, WeekSchedule
from cmms.selectors.asset_report import asset_cost_report, costs_of
from cmms.selectors.failure_report import failures_by_mode
from cmms.selectors.kpis import KINDS, course_of, figures_of, rows_of
from cmms.services.scheduling import lock_week
from core.access import VIEW_COSTS, can_see_costs, require
from core.api.mixins import CommandMixin
from core.api.permissions import MayRead
from core.api.serializers import DocumentSerializer
from core.api.viewsets import CollectionViewSet, DocumentViewSet
from core.models import Site

QUESTION = [
    OpenApiParameter(
        "since", str, description="First day, e.g. 2026-01-01; left out: eleven months before this one"
    ),
    OpenApiParameter("until", str, description="Last day; left out: today"),
    OpenApiParameter("asset", str, description="Code of an asset, with all below it"),
    OpenApiParameter("site", int),
    OpenApiParameter("asset_class", int),
    OpenApiParameter("pm_rule", str, enum=PmRule.values, description="What on time means"),
    OpenApiParameter("basis", str, enum=FailureBasis.values, description="What a failure is"),
]


def question_of(request: Request, at: Any) -> QuestionForm:
    """The question of the address; a 400 problem where it is unclear."""
    form = QuestionForm(request.query_params, now=at)
    if not form.is_valid():
        raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form


class FigureSerializer(serializers.Serializer[Any]):
    """One figure; `value` is null for "no data"."""

    key = serializers.CharField()
    group = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    unit = serializers.CharField()
    arithmetic = serializers.CharField(help_text="What was divided by what")
    source = serializers.CharField(help_text="The standard's number of the metric")  # type: ignore[assignment]
    note = serializers.CharField()
    rows = serializers.ListField(child=serializers.CharField(), help_text="Addresses of the rows behind it")


class CourseSerializer(serializers.Serializer[Any]):
    """One figure by month; null is "no data"."""

    key = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField()
    months = serializers.ListField(child=serializers.CharField())
    series = serializers.DictField(
        child=serializers.ListField(
            child=serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
        )
    )


class FiguresAnswerSerializer(serializers.Serializer[Any]):
    """All figures of a question and their course."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    currency = serializers.CharField()
    assets = serializers.IntegerField(help_text="How many assets they are of")
    figures = FigureSerializer(many=True)
    course = CourseSerializer(many=True)


class FiguresView(CommandMixin, APIView):
    """Maintenance figures of an asset with all below it, a site, a class, or of everything."""

    permission_classes = (IsAuthenticated, MayRead)
    read_permission = "cmms.view_kpis"

    @extend_schema(operation_id="kpis_retrieve", parameters=QUESTION, responses=FiguresAnswerSerializer)
    def get(self, request: Request) -> Response:
        """The figures; those in money only for who may see costs."""
        form = question_of(request, self.at)
        question, money = form.question(), can_see_costs(self.actor)
        base = request.build_absolute_uri(request.path)
        query = request.query_params.urlencode()
        found = [
            {**vars(each), "rows": [f"{base}{kind}/{'?' if query else ''}{query}" for kind in each.kinds]}
            for each in figures_of(question)
            if money or not each.is_cost
        ]
        course = [
            {**vars(each), "series": dict(each.series)}
            for each in course_of(question, form.zone)
            if money or not each.is_cost
        ]
        body = {
            "since": question.since, "until": question.until, "currency": settings.BASE_CURRENCY,
            "assets": len(question.population.unit_of), "figures": found, "course": course,
        }  # fmt: skip
        return Response(FiguresAnswerSerializer(body).data)


class RowKeysSerializer(serializers.Serializer[Any]):
    """The rows behind a figure: which collection, which keys."""

    kind = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()
    collection = serializers.CharField(help_text="Model of the rows")
    ids = serializers.ListField(child=serializers.IntegerField())
    truncated = serializers.BooleanField(help_text="Whether there are more than the 10,000 keys shown")


class FigureRowsView(CommandMixin, APIView):
    """Keys of the rows that a figure is made from; read them in their own collections."""

    permission_classes = (IsAuthenticated, MayRead)
    read_permission = "cmms.view_kpis"
    most = 10_000

    @extend_schema(operation_id="kpis_rows_retrieve", parameters=QUESTION, responses=RowKeysSerializer)
    def get(self, request: Request, kind: str) -> Response:
        """The keys, in order."""
        if kind not in KINDS:
            raise ValidationError({"kind": [f"Choose from {', '.join(KINDS)}."]})
        if KINDS[kind].is_cost:
            require(self.actor, VIEW_COSTS)
        rows = rows_of(kind, question_of(request, self.at).question())
        count = rows.count()
        body = {
            "kind": kind, "title": KINDS[kind].title, "count": count, "collection": rows.model._meta.model_name,
            "ids": list(rows.order_by("pk").values_list("pk", flat=True)[: self.most]),
            "truncated": count > self.most,
        }  # fmt: skip
        return Response(RowKeysSerializer(body).data)


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)


class AssetCostSerializer(serializers.Serializer[Any]):
    """Actual cost of an asset with all below it, base currency; null where nothing was posted."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    labor = _amount()
    material = _amount()
    service = _amount()
    other = _amount()
    total = _amount()
    entries = serializers.IntegerField()
    replacement_value = _amount()
    percent_of_value = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)


class AssetCostReportViewSet(CollectionViewSet):
    """Cost per asset with everything below it."""

    queryset = Asset.objects.all()
    serializer_class = AssetCostSerializer
    read_permission = "cmms.view_costentry"
    http_method_names = ["get", "head", "options"]
    filter_backends = ()

    @extend_schema(
        operation_id="reports_asset_costs_list",
        parameters=QUESTION[:5],
        responses=AssetCostSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """The assets of the question, by pages."""
        require(self.actor, VIEW_COSTS)
        question = question_of(request, self.at).question()
        rows = asset_cost_report(question.since.date(), question.until.date())
        if not question.is_whole:
            rows = rows.filter(pk__in=question.population.asset_ids)
        page = self.paginate_queryset(rows)
        found = [
            {"id": row.pk, "code": row.code, "name": row.name, "replacement_value": row.replacement_value}
            | costs_of(row)
            for row in page or []
        ]
        return self.get_paginated_response(self.get_serializer(found, many=True).data)


class FailureModeSerializer(serializers.Serializer[Any]):
    """How often an observed mode occurred."""

    asset_class = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    name = serializers.CharField()
    failures = serializers.IntegerField()
    assets = serializers.IntegerField()


class FailureReportView(CommandMixin, APIView):
    """Observed modes by class, most frequent first."""

    permission_classes = (IsAuthenticated, MayRead)
    read_permission = "cmms.view_failurerecord"

    @extend_schema(
        operation_id="reports_failures_retrieve",
        parameters=QUESTION[:5],
        responses=FailureModeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The modes."""
        question = question_of(request, self.at).question()
        return Response(FailureModeSerializer(failures_by_mode(question), many=True).data)


class WeekScheduleSerializer(DocumentSerializer[WeekSchedule]):
    """A locked week."""

    class Meta:
        model = WeekSchedule
        fields = ("id", "site", "starts_on", "starts_at", "ends_at", "locked_at", "locked_by")


class LockInput(serializers.Serializer[Any]):
    """Which week of which site."""

    site = KeyField(Site)
    starts_on = serializers.DateField(help_text="A Monday")


class WeekScheduleViewSet(DocumentViewSet):
    """Weeks as they were agreed."""

    queryset = WeekSchedule.objects.all()
    serializer_class = WeekScheduleSerializer
    filterset_fields = {"site": ["exact"], "starts_on": ["exact", "lt", "gte"]}

    @extend_schema(request=LockInput, responses={201: WeekScheduleSerializer})
    def create(self, request: Request) -> Response:
        """Freeze a week's work."""
        data = self.read(LockInput)
        made = lock_week(site_id=data["site"], starts_on=data["starts_on"], actor=self.actor, at=self.at)
        return self.answer(made.pk, status=201)


class ScheduledWorkSerializer(DocumentSerializer[ScheduledWork]):
    """One work order of a locked week."""

    class Meta:
        model = ScheduledWork
        fields = ("id", "schedule", "work_order", "hours", "due_at")


class ScheduledWorkViewSet(DocumentViewSet):
    """Work of locked weeks."""

    queryset = ScheduledWork.objects.all()
    serializer_class = ScheduledWorkSerializer
    filterset_fields = ("schedule", "work_order")
