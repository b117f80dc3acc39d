"""Maintenance figures as a page: each figure opens the rows it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from cmms.decisions.charts import Chart, stacked_bars
from cmms.forms.kpis import QuestionForm
from cmms.selectors.kpis import KINDS, Course, Figure, Question, course_of, figures_of
from core.access import can_see_costs
from core.display import NO_DATA
from core.money import round_figure
from core.views.pages import Page

SEE = "cmms.view_kpis"


@dataclass(frozen=True)
class Tile:
    """A figure as the page shows it."""

    figure: Figure
    text: str
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Drawing:
    """A chart with what is said beside it."""

    course: Course
    chart: Chart
    legend: list[tuple[int, str]]
    table: list[tuple[str, list[str]]]


class AsksQuestion(Page):
    """Pages that answer a question about assets and a period."""

    permission = SEE

    def ask(self) -> QuestionForm:
        """The form as it was sent; the usual year where nothing was."""
        return QuestionForm(self.request.GET, now=self.at)


class KpiPage(AsksQuestion):
    """All figures of a question, and their course."""

    title = "Maintenance figures"
    template_name = "cmms/kpis.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The figures, or what is wrong with the question."""
        form = self.ask()
        if not form.is_valid():
            return self.render(422, form=form)
        question, money = form.question(), can_see_costs(self.actor)
        sent: dict[str, Any] = {name: form.data[name] for name in form.fields if form.data.get(name)}
        groups: dict[str, list[Tile]] = {}
        for figure in figures_of(question):
            if money or not figure.is_cost:
                groups.setdefault(figure.group, []).append(tile_of(figure, sent))
        courses = [course for course in course_of(question, form.zone) if money or not course.is_cost]
        return self.render(
            form=form,
            groups=groups,
            drawings=[drawing_of(course) for course in courses],
            question=question,
            scope=scope_words(question, form),
            report_query=urlencode([(name, sent[name]) for name in ("since", "until") if name in sent]),
        )


def scope_words(question: Question, form: QuestionForm) -> str:
    """What the figures are of."""
    data = form.cleaned_data
    parts = [str(data[name]) for name in ("asset", "site", "asset_class") if data.get(name)]
    count = len(question.population.unit_of)
    return f"{', '.join(parts) or 'All assets'}: {count} asset{'' if count == 1 else 's'}"


def figure_text(figure: Figure) -> str:
    """The value with its unit; a dash for no data."""
    if figure.value is None:
        return NO_DATA
    rounded = round_figure(figure.value, figure.places)
    return f"{rounded:,} {figure.unit}".strip().replace("-", "\u2212")


def tile_of(figure: Figure, sent: dict[str, Any]) -> Tile:
    """A figure with the addresses of its rows."""
    query = urlencode(sent)
    links = [(KINDS[kind].title, f"{reverse('cmms:kpi-rows', args=[kind])}?{query}") for kind in figure.kinds]
    return Tile(figure, figure_text(figure), links)


def _cell(value: Decimal | None) -> str:
    return NO_DATA if value is None else f"{round_figure(value, 1):,}"


def drawing_of(course: Course) -> Drawing:
    """A chart; shares are drawn against 100."""
    chart = stacked_bars(course.months, course.series, Decimal(100) if course.is_share else None)
    used = [
        (tone, name)
        for tone, (name, values) in enumerate(course.series, start=1)
        if any(value for value in values)
    ]
    table = [
        (
            month,
            [_cell(values[n]) for _, values in course.series],
        )
        for n, month in enumerate(course.months)
    ]
    unit = settings.BASE_CURRENCY if course.is_cost else course.unit
    return Drawing(
        Course(course.key, course.title, unit, course.months, course.series, course.is_cost, course.is_share),
        chart, used, table,
    )  # fmt: skip
