"""`manage.py sync_roles`: make groups of the roles in config/roles.py."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.errors import RuleViolation
from core.services.roles import sync_roles


class Command(BaseCommand):
    """Doorway to the service of the same name."""

    help = (
        "Makes a group of each role in config/roles.py, holding exactly its permissions. Safe to run again."
    )

    def add_arguments(self, parser: Any) -> None:
        """`--dry-run`."""
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and say per role what changed."""
        try:
            with transaction.atomic():
                changes = sync_roles(roles=settings.ROLES)
                transaction.set_rollback(bool(options["dry_run"]))
        except RuleViolation as refused:
            raise CommandError(str(refused)) from refused
        would = "would be " if options["dry_run"] else ""
        for role, (added, removed) in changes.items():
            self.stdout.write(f"{role}: {added} {would}added, {removed} {would}removed")
