"""What moves in the storerooms: receipts, issues, returns, counts, transfers."""

from cmms.services.stock.counting import adjust_stock, set_opening_balance, transfer_stock
from cmms.services.stock.issuing import issue_parts, issue_request, return_parts
from cmms.services.stock.receiving import StockReceiptInput, receive_stock, return_stock

__all__ = [
    "StockReceiptInput",
    "adjust_stock",
    "issue_parts",
    "issue_request",
    "receive_stock",
    "return_parts",
    "return_stock",
    "set_opening_balance",
    "transfer_stock",
]
