"""`manage.py import_invoice FILE...`: take in UBL invoices and credit notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.errors import RuleViolation
from core.models import User
from procurement.models import Supplier
from procurement.services.ubl_import import import_invoice


class Command(BaseCommand):
    """Doorway to the service of the same name, file by file."""

    help = (
        "Takes in UBL 2.1 invoices and credit notes (Peppol BIS Billing 3). Each file is stored whole or not at all; "
        "the same file again changes nothing."
    )

    def add_arguments(self, parser: Any) -> None:
        """Files and options."""
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--supplier", metavar="CODE", help="the supplier, where the file does not tell")
        parser.add_argument(
            "--create-supplier", action="store_true", help="add an unknown supplier, waiting for approval"
        )
        parser.add_argument(
            "--actor", metavar="USERNAME", help="who enters them (default: first administrator)"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and check, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import each file; a refused one is named with the reason, and the others go on."""
        actor = self._actor(options["actor"])
        supplier_id = self._supplier_id(options["supplier"])
        refused = 0
        for path in options["files"]:
            try:
                with transaction.atomic():
                    invoice = import_invoice(
                        content=path.read_bytes(),
                        name=path.name,
                        actor=actor,
                        at=timezone.now(),
                        supplier_id=supplier_id,
                        create_supplier=options["create_supplier"],
                    )
                    transaction.set_rollback(bool(options["dry_run"]))
            except (RuleViolation, OSError) as error:
                refused += 1
                self.stderr.write(f"{path.name}: {error}")
                continue
            verb = "would be taken in" if options["dry_run"] else f"is {invoice.number}"
            self.stdout.write(
                f"{path.name}: {invoice.get_kind_display()} {invoice.supplier_number} of {invoice.supplier.name} "
                f"{verb}: net {invoice.net_total:f}, tax {invoice.tax_total:f}, total {invoice.gross_total:f}, "
                f"due {invoice.payable_amount:f} {invoice.currency}"
            )
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files refused.")

    def _actor(self, username: str | None) -> User:
        people = User.objects.filter(is_active=True)
        found = (
            people.filter(username=username).first()
            if username
            else people.filter(is_superuser=True).order_by("pk").first()
        )
        if found is None:
            raise CommandError(
                f"There is no active user {username}."
                if username
                else "There is no administrator yet. Name someone with --actor."
            )
        return found

    def _supplier_id(self, code: str | None) -> int | None:
        if not code:
            return None
        supplier = Supplier.objects.filter(code=code).first()
        if supplier is None:
            raise CommandError(f"There is no supplier {code}.")
        return supplier.pk
