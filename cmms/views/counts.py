"""Counts of the shelves: the sheet, blind counting on the phone, differences, approval."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from cmms.choices import CountStatus
from cmms.forms.stock_papers import (
    FoundForm,
    PlainReasonForm,
    RecordCountForm,
    StartCountForm,
    SubmitCountForm,
)
from cmms.forms.store_filters import CountFilter
from cmms.models import StockCount, StockCountLine, StockItem
from cmms.services.stock import (
    add_count_line,
    approve_count,
    cancel_count,
    record_count,
    reopen_count,
    start_count,
    submit_count,
)
from core.errors import NotFound
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage

ADJUST, APPROVE = "cmms.adjust_stock", "cmms.approve_count"
OPEN = Q(lines__counted_quantity__isnull=True) | Q(lines__needs_recount=True)
LINES = StockCountLine.objects.select_related("stock_item__item__unit", "bin", "lot", "counted_by").order_by(
    F("bin__code").asc(nulls_first=True), "stock_item__item__code", "pk"
)


def count_url(pk: int) -> str:
    """The page of a count."""
    return reverse("cmms:count", args=[pk])


class CountList(ListPage):
    """All counts."""

    title = "Counts"
    permission = "cmms.view_stockcount"
    queryset = StockCount.objects.select_related("storeroom", "created_by").annotate(
        size=Count("lines"), left=Count("lines", filter=OPEN)
    )
    filterset_class = CountFilter
    search_fields = ("number", "scope", "reason")
    search_hint = "Number, what was counted"
    default_sort = "-pk"
    columns = (
        Column("number", "Count", kind="link", url_name="cmms:count", phone="title", sort="number"),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column("scope", "What", phone="text", sort="scope"),
        Column("size", "Lines", kind="number", sort="size"),
        Column("left", "To count", kind="number", sort="left"),
        Column("created_at", "Started", kind="datetime", sort="created_at"),
        Column("created_by", "By", phone="hidden", sort="created_by__last_name"),
    )
    empty_title = "No counts yet"
    empty_text = "Start one for a few bins; the storeroom stays open meanwhile."
    actions = (PageAction("Start a count", "cmms:count-new", permission=ADJUST, icon="123"),)


class StartCount(CommandView):
    """What is to be counted."""

    title = "Start a count"
    intro = "Nothing is locked: each line is compared with the books at the moment it is counted."
    permission = ADJUST
    form_class = StartCountForm

    def run(self, form: Any) -> object:
        """Make the sheet."""
        data = form.cleaned_data
        day = data["not_counted_since"]
        return start_count(
            storeroom_id=data["storeroom"].pk,
            bin_ids=form.bins(),
            abc_class=data["abc_class"],
            not_counted_since=timezone.make_aware(datetime.combine(day, time.min)) if day else None,
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The sheet."""
        return count_url(result.pk)

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:counts")


class CountPage(DetailPage):
    """The sheet: what is still to count, without what the books say; afterwards the differences."""

    permission = "cmms.view_stockcount"
    queryset = StockCount.objects.select_related("storeroom", "created_by", "submitted_by", "approved_by")
    template_name = "cmms/count.html"

    def extra_context(self) -> dict[str, Any]:
        """Its lines by bin, and what may be done."""
        count: StockCount = self.object
        lines = list(LINES.filter(count=count))
        is_open = count.status == CountStatus.OPEN
        counts = is_open and self.actor.has_perm(ADJUST)
        judges = count.status == CountStatus.TO_APPROVE and self.actor.has_perm(APPROVE)
        values = [line.variance_value for line in lines if line.variance_value is not None]
        return {
            "open_lines": [line for line in lines if is_open and not line.is_counted],
            "counted_lines": [line for line in lines if line.is_counted or not is_open],
            "size": len(lines),
            # Who counts must not see the books before the count is over.
            "shows_books": not is_open,
            "net_value": sum(values) if values and not is_open else None,
            "may_count": counts,
            "may_judge": judges,
            "may_cancel": count.can(CountStatus.CANCELLED) and self.actor.has_perm(ADJUST),
            "currency": settings.BASE_CURRENCY,
        }


class RecordCount(CommandView):
    """One bin."""

    title = "Count"
    permission = ADJUST
    form_class = RecordCountForm
    submit_label = "Save"
    queryset = StockCountLine.objects.select_related("count", "stock_item__item__unit", "bin", "lot")

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Where to look; never how many the books have."""
        line = self.object
        where = f"bin {line.bin}" if line.bin else "no bin"
        lot = f", lot {line.lot}" if line.lot else ""
        again = " Count it once more." if line.needs_recount else ""
        return f"{line.stock_item.item}, {where}{lot}, in {line.stock_item.item.unit}.{again}"

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """Numbers only where pieces have them."""
        form = RecordCountForm(data, files)
        form.of(self.object.stock_item)
        return form

    def run(self, form: Any) -> object:
        """Note it."""
        return record_count(
            count_line_id=self.object.pk,
            counted_quantity=form.cleaned_data["counted_quantity"],
            serial_numbers=form.cleaned_data.get("serial_numbers") or (),
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Whether it must be counted again."""
        return "Please count it once more." if result.needs_recount else "Noted."

    def success_url(self, result: Any) -> str:
        """The next line to count, else the sheet."""
        if result.needs_recount:
            return reverse("cmms:count-line", args=[result.pk])
        left = LINES.filter(count=self.object.count_id).filter(
            Q(counted_quantity__isnull=True) | Q(needs_recount=True)
        )
        following = left.first()
        if following is None:
            return count_url(self.object.count_id)
        return reverse("cmms:count-line", args=[following.pk])

    def cancel_url(self) -> str:
        """The sheet."""
        return count_url(self.object.count_id)


class OnCount(CommandView):
    """A verb of one count."""

    permission = ADJUST
    queryset = StockCount.objects.select_related("storeroom")

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which count."""
        return f"{self.object}: {self.object.scope}, {self.object.storeroom}."

    def success_url(self, result: Any) -> str:
        """The sheet."""
        return count_url(self.object.pk)

    def cancel_url(self) -> str:
        """The sheet."""
        return count_url(self.object.pk)


class AddFound(OnCount):
    """A part that lies where the sheet has none."""

    title = "Found another"
    form_class = FoundForm
    submit_label = "Add to the sheet"

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The bins of the storeroom."""
        form: Any = super().get_form(data, files)
        form.fields["bin"].of(self.object.storeroom_id)
        return form

    def run(self, form: Any) -> object:
        """Put it on the sheet."""
        data = form.cleaned_data
        held = StockItem.objects.filter(item=data["item"], storeroom=self.object.storeroom_id).first()
        if held is None:
            raise NotFound(
                "That part is not kept in this storeroom.", field="item", remedy="Set an opening balance."
            )
        return add_count_line(
            count_id=self.object.pk, stock_item_id=held.pk, bin_id=data["bin"].pk if data["bin"] else None,
            lot_number=data["lot_number"], actor=self.actor, at=self.at,
        )  # fmt: skip

    def success_url(self, result: Any) -> str:
        """Count it now."""
        return reverse("cmms:count-line", args=[result.pk])


class SubmitCount(OnCount):
    """All is counted."""

    title = "Finish the count"
    form_class = SubmitCountForm
    submit_label = "Finish"

    def run(self, form: Any) -> object:
        """Post it, or have it approved."""
        reason = form.cleaned_data["reason"]
        return submit_count(count_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)

    def message(self, result: Any) -> str:
        """What became of it."""
        if result.status == CountStatus.TO_APPROVE:
            return "The difference is worth more than you may post alone: a second person must approve it."
        return "The count is posted."


class ApproveCount(OnCount):
    """A second person agrees."""

    title = "Approve"
    permission = APPROVE
    success_message = "{object} is posted."

    def run(self, form: Any) -> object:
        """Post it."""
        return approve_count(count_id=self.object.pk, actor=self.actor, at=self.at)


class ReopenCount(OnCount):
    """What differs is counted again."""

    title = "Count again"
    permission = APPROVE
    form_class = PlainReasonForm
    success_message = "What differs is to be counted again."

    def run(self, form: Any) -> object:
        """Open it."""
        reason = form.cleaned_data["reason"]
        return reopen_count(count_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)


class CancelCount(OnCount):
    """Give it up."""

    title = "Give the count up"
    form_class = PlainReasonForm
    tone = "danger"
    success_message = "{object} is given up; nothing was posted."

    def run(self, form: Any) -> object:
        """Cancel it."""
        reason = form.cleaned_data["reason"]
        return cancel_count(count_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)
