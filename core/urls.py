"""Addresses of the shared pages."""

from django.urls import path

from core.views.attachments import AttachmentFile
from core.views.health import healthz, readyz
from core.views.history import HistoryFragment
from core.views.session import Home, Login, Logout, PasswordChange

app_name = "core"

urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("password/", PasswordChange.as_view(), name="password-change"),
    path("attachments/<int:pk>/", AttachmentFile.as_view(), name="attachment"),
    path("history/<str:label>/<int:pk>/", HistoryFragment.as_view(), name="history"),
    path("healthz/", healthz, name="healthz"),
    path("readyz/", readyz, name="readyz"),
]
