"""The people who use the system."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with a login; roles are groups (see config/roles.py)."""

    job_title = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    home_site = models.ForeignKey(
        "core.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )

    class Meta(AbstractUser.Meta):
        permissions = [("view_costs", "Can see amounts of money")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username
