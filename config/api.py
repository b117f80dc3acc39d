"""Everything under /api/v1/: each app brings its own addresses."""

from django.urls import URLPattern, URLResolver

from cmms.api.urls import urlpatterns as cmms_urls
from core.api.urls import urlpatterns as core_urls
from linkage.api.urls import urlpatterns as linkage_urls
from procurement.api.urls import urlpatterns as procurement_urls

urlpatterns: list[URLPattern | URLResolver] = [*core_urls, *cmms_urls, *procurement_urls, *linkage_urls]
