"""What is true in the spend half: one module per aggregate."""

from procurement.models.agreement import Agreement, AgreementLine
from procurement.models.goods_receipt import GoodsReceipt, GoodsReceiptLine
from procurement.models.hold import Hold
from procurement.models.invoice import Invoice, InvoiceLine, InvoiceTax
from procurement.models.match import MatchLink, MatchRun, MatchRunItem
from procurement.models.policy import ApprovalLimit, ToleranceRule
from procurement.models.purchase_order import OrderLineSource, OrderRevision, PurchaseOrder, PurchaseOrderLine
from procurement.models.requisition import Approval, Requisition, RequisitionLine
from procurement.models.supplier import CategoryPolicy, Supplier, SupplierContact

__all__ = [
    "Agreement",
    "AgreementLine",
    "Approval",
    "ApprovalLimit",
    "CategoryPolicy",
    "GoodsReceipt",
    "GoodsReceiptLine",
    "Hold",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "MatchLink",
    "MatchRun",
    "MatchRunItem",
    "OrderLineSource",
    "OrderRevision",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Requisition",
    "RequisitionLine",
    "Supplier",
    "SupplierContact",
    "ToleranceRule",
]
