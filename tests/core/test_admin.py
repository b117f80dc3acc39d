"""The admin: master data with history, documents changed by their verbs only."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import path
from unfold.sites import UnfoldAdminSite

from core.admin import ActionCall, DocumentAction, DocumentAdmin, ReadOnlyInline
from core.errors import IllegalTransition
from core.models import ApiToken, CostCentre, ExchangeRate, Item, ItemCategory, Program, Site, Unit, User
from core.services.master_data import store_master_data

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
MODELS = (Site, CostCentre, Program, Unit, ItemCategory, Item, ExchangeRate, User, ApiToken)


def _rename(site: Site, call: ActionCall) -> object:
    if site.code == "S1":
        raise IllegalTransition("S1 is closed.")
    return store_master_data(row=site, values={"name": call.reason}, actor=call.actor, reason=call.reason)


class CostCentresOfSite(ReadOnlyInline):
    model = CostCentre
    fields = ("code", "name")
    cost_fields = ("name",)


class SiteAsDocument(DocumentAdmin):
    inlines = (CostCentresOfSite,)
    list_display = ("code", "name")
    cost_fields = ("name",)
    document_actions = (
        DocumentAction(
            "rename", "Rename", run=_rename, bulk=True, needs_reason=True, permission="core.change_site"
        ),
        DocumentAction("close", "Close", run=_rename, available=lambda site: False),
    )


other_site = UnfoldAdminSite(name="other")
other_site.register(Site, SiteAsDocument)
from config.urls import urlpatterns as product_urls  # noqa: E402

urlpatterns = [path("admin/other/", other_site.urls), *product_urls]


@pytest.fixture
def sites(db: None) -> list[Site]:
    return [Site.objects.create(code=f"S{number}", name="Yard") for number in range(3)]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_of_master_data_opens(
    pages: Client, model: Any, items: Callable[[int], list[Item]]
) -> None:
    items(2)
    assert pages.get(f"/admin/core/{model._meta.model_name}/").status_code == 200


@pytest.mark.parametrize("page", ["add/", "import/", "export/", "{pk}/change/", "{pk}/history/"])
def test_master_data_pages_open(pages: Client, page: str, items: Callable[[int], list[Item]]) -> None:
    [item] = items(1)
    assert pages.get(f"/admin/core/item/{page.format(pk=item.pk)}").status_code == 200


def test_a_change_of_master_data_names_the_person(pages: Client, sites: list[Site]) -> None:
    body = {"code": "S0", "name": "Dock", "timezone": "UTC", "address": "", "is_active": "on"}
    assert pages.post(f"/admin/core/site/{sites[0].pk}/change/", body).status_code == 302
    assert sites[0].history.first().history_user.username == "admin"


def test_a_document_is_shown_with_its_verbs_and_not_edited(pages: Client, sites: list[Site]) -> None:
    body = pages.get(f"/admin/other/core/site/{sites[0].pk}/change/").content.decode()
    assert "Rename" in body
    assert "do/close" not in body
    assert 'name="_save"' not in body
    assert pages.get("/admin/other/core/site/add/").status_code == 403
    assert pages.get(f"/admin/other/core/site/{sites[0].pk}/delete/").status_code == 403


def test_lines_of_a_document_hide_amounts_too(pages: Client, make_user: Any, sites: list[Site]) -> None:
    CostCentre.objects.create(code="CC", name="Twelve euros", site=sites[0])
    address = f"/admin/other/core/site/{sites[0].pk}/change/"
    assert "Twelve euros" in pages.get(address).content.decode()
    client = Client()
    client.force_login(make_user("ann", "core.view_site", "core.view_costcentre", is_staff=True))
    body = client.get(address).content.decode()
    assert "CC" in body
    assert "Twelve euros" not in body.replace("CC Twelve euros", "")


def test_a_verb_is_confirmed_with_a_reason_and_done_once(pages: Client, sites: list[Site]) -> None:
    address = f"/admin/other/core/site/do/rename/?ids={sites[0].pk}"
    assert pages.get(address).status_code == 200
    assert Site.objects.get(pk=sites[0].pk).name == "Yard"
    assert pages.post(address, {"idempotency_key": "k"}).status_code == 422
    for _ in range(2):
        assert pages.post(address, {"idempotency_key": "k", "reason": "Dock"}).status_code == 302
    assert sites[0].history.count() == 2
    assert sites[0].history.first().history_change_reason == "Dock"


def test_a_refused_verb_says_why_on_the_same_page(pages: Client, sites: list[Site]) -> None:
    answer = pages.post(
        f"/admin/other/core/site/do/rename/?ids={sites[1].pk}", {"idempotency_key": "k", "reason": "Dock"}
    )
    assert answer.status_code == 409
    assert "S1 is closed." in answer.content.decode()


def test_of_several_documents_one_refusal_does_not_hold_up_the_others(
    pages: Client, sites: list[Site]
) -> None:
    chosen = {"action": "rename", "_selected_action": [site.pk for site in sites]}
    confirm = pages.post("/admin/other/core/site/", chosen)
    assert confirm.status_code == 302
    answer = pages.post(confirm.url, {"idempotency_key": "k", "reason": "Dock"}, follow=True)
    assert list(Site.objects.order_by("code").values_list("name", flat=True)) == ["Dock", "Yard", "Dock"]
    words = [str(message) for message in answer.context["messages"]]
    assert "S1 Yard: S1 is closed." in words
    assert any("done for 2" in each for each in words)


def test_a_verb_is_closed_to_who_lacks_its_right(make_user: Any, sites: list[Site]) -> None:
    client = Client()
    client.force_login(make_user("ann", "core.view_site", is_staff=True))
    assert "do/rename" not in client.get(f"/admin/other/core/site/{sites[0].pk}/change/").content.decode()
    address = f"/admin/other/core/site/do/rename/?ids={sites[0].pk}"
    assert client.post(address, {"reason": "x"}).status_code == 403


def test_amounts_are_hidden_from_who_may_not_see_costs(
    make_user: Any, admin: User, rf: RequestFactory
) -> None:
    model_admin = SiteAsDocument(Site, other_site)
    request = rf.get("/")
    request.user = make_user("ann", "core.view_site", is_staff=True)
    assert list(model_admin.get_list_display(request)) == ["code"]
    request.user = admin
    assert list(model_admin.get_list_display(request)) == ["code", "name"]


def test_rights_are_handed_out_by_administrators_only(make_user: Any, admin: User) -> None:
    clerk = make_user("clerk", "core.view_user", "core.change_user", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get(f"/admin/core/user/{clerk.pk}/change/").status_code == 200
    assert 'name="is_superuser"' not in client.get(f"/admin/core/user/{clerk.pk}/change/").content.decode()
    assert client.post(f"/admin/core/user/{admin.pk}/change/", {"username": "x"}).status_code == 403
