"""The administration of the spend half, for buyers and approvers."""

from procurement.admin.invoices import HoldAdmin, InvoiceAdmin
from procurement.admin.orders import PurchaseOrderAdmin
from procurement.admin.policy import ApprovalLimitAdmin, ToleranceRuleAdmin
from procurement.admin.requisitions import RequisitionAdmin, RequisitionLineAdmin
from procurement.admin.suppliers import AgreementAdmin, SupplierAdmin

__all__ = [
    "AgreementAdmin",
    "ApprovalLimitAdmin",
    "HoldAdmin",
    "InvoiceAdmin",
    "PurchaseOrderAdmin",
    "RequisitionAdmin",
    "RequisitionLineAdmin",
    "SupplierAdmin",
    "ToleranceRuleAdmin",
]
