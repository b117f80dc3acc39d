"""Small pages and endpoints on the shared bases, with their addresses."""

from typing import Any

import django_filters
from django import forms
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.urls import urlpatterns as product_urls
from core.api.mixins import CommandAPIView
from core.errors import IllegalTransition, NotAllowed, NotFound, RuleViolation, StaleVersion
from core.forms import CommandForm
from core.models import Item, ItemCategory, Site
from core.services.master_data import store_master_data
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage, Gate

REFUSALS = {
    "rule": RuleViolation("Quantity is more than is left.", field="quantity", remedy="Enter 3 or less."),
    "right": NotAllowed("Your role does not include this."),
    "state": IllegalTransition("WO-1 is draft.", field="status"),
    "stale": StaleVersion("WO-1 was changed."),
    "missing": NotFound("There is no such order."),
}


class ItemFilter(django_filters.FilterSet):
    class Meta:
        model = Item
        fields = ("category", "is_active")


class ItemList(ListPage):
    title = "Items"
    permission = "core.view_item"
    queryset = Item.objects.select_related("category", "unit")
    filterset_class = ItemFilter
    search_fields = ("code", "name")
    default_sort = "code"
    columns = (
        Column("code", "Code", kind="link", url_name="item", phone="title", sort="code"),
        Column("name", "Name", sort="name"),
        Column("category.name", "Category", sort="category__name"),
        Column("is_active", "Active", kind="bool"),
        Column("manufacturer", "Price", kind="text", cost=True),
    )
    empty_title = "No items yet"
    actions = (PageAction("New item", "new-site", permission="core.add_item", icon="plus-lg"),)


class ItemPage(DetailPage):
    permission = "core.view_item"
    queryset = Item.objects.select_related("category", "unit")


class SiteForm(CommandForm):
    code = forms.CharField(max_length=20)
    name = forms.CharField(max_length=120, required=False)


class NewSite(CommandView):
    title = "New site"
    form_class = SiteForm
    permission = "core.add_site"
    success_message = "{result} is open."

    def run(self, form: Any) -> object:
        values = {"code": form.cleaned_data["code"], "name": form.cleaned_data["name"] or "Yard"}
        if values["code"] in REFUSALS:
            raise REFUSALS[values["code"]]
        return store_master_data(row=Site(), values=values, actor=self.actor)

    def success_url(self, result: Any) -> str:
        return f"/done/{result.pk}/"


class Refusing(Gate):
    def get(self, request: Any, why: str) -> Any:
        raise REFUSALS[why]


class RefusingEndpoint(CommandAPIView):
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request, why: str) -> Response:
        if why == "twins":
            ItemCategory.objects.create(code="X", name="X")
            ItemCategory.objects.bulk_create([ItemCategory(code="X", name="Y")])
        raise REFUSALS[why]


urlpatterns = [
    *product_urls,
    path("test/items/", ItemList.as_view(), name="items"),
    path("test/items/<int:pk>/", ItemPage.as_view(), name="item"),
    path("test/new-site/", NewSite.as_view(), name="new-site"),
    path("test/refused/<str:why>/", Refusing.as_view(), name="refused"),
    path("api/v1/test/<str:why>/", RefusingEndpoint.as_view(), name="refusing-endpoint"),
]
