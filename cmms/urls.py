"""Addresses of the app's pages."""

from django.urls import URLPattern, URLResolver

app_name = "cmms"

urlpatterns: list[URLPattern | URLResolver] = []
