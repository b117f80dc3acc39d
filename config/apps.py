"""Which site the administration uses."""

from django.contrib.admin.apps import AdminConfig


class TenonAdminConfig(AdminConfig):
    """Django's administration on our own site."""

    default_site = "config.admin_site.TenonAdminSite"
