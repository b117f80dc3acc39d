"""Addresses of the shared collections and of logging in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from core.api.auth import MeView, TokenLoginView, TokenRevokeView
from core.api.master_data import (
    CostCentreViewSet,
    ExchangeRateViewSet,
    ItemCategoryViewSet,
    ItemViewSet,
    ProgramViewSet,
    SiteViewSet,
    UnitViewSet,
    UserViewSet,
)

router = SimpleRouter()
router.register("sites", SiteViewSet)
router.register("units", UnitViewSet)
router.register("items", ItemViewSet)
router.register("item-categories", ItemCategoryViewSet)
router.register("cost-centres", CostCentreViewSet)
router.register("programs", ProgramViewSet)
router.register("exchange-rates", ExchangeRateViewSet)
router.register("users", UserViewSet)

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", TokenLoginView.as_view(), name="auth-token"),
    path("auth/token/revoke/", TokenRevokeView.as_view(), name="auth-token-revoke"),
    path("me/", MeView.as_view(), name="me"),
    *router.urls,
]
