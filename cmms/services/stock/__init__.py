"""What moves in the storerooms: receipts, issues, returns, counts, transfers, and what lies where."""

from cmms.services.stock.counting import adjust_stock, set_opening_balance
from cmms.services.stock.cycle_counts import (
    add_count_line,
    approve_count,
    cancel_count,
    record_count,
    reopen_count,
    start_count,
    submit_count,
)
from cmms.services.stock.issuing import issue_parts, issue_request, return_parts
from cmms.services.stock.naming import NamedPieces
from cmms.services.stock.places import Pick
from cmms.services.stock.putting_away import drop_serial_numbers, move_between_bins, put_away, set_tracking
from cmms.services.stock.receiving import StockReceiptInput, receive_stock, return_stock
from cmms.services.stock.refilling import Refill, ask_to_refill
from cmms.services.stock.transfers import (
    TransferInput,
    receive_transfer,
    send_transfer,
    transfer_stock,
    undo_transfer,
)

__all__ = [
    "NamedPieces",
    "Pick",
    "Refill",
    "StockReceiptInput",
    "TransferInput",
    "add_count_line",
    "adjust_stock",
    "approve_count",
    "ask_to_refill",
    "cancel_count",
    "drop_serial_numbers",
    "issue_parts",
    "issue_request",
    "move_between_bins",
    "put_away",
    "receive_stock",
    "receive_transfer",
    "record_count",
    "reopen_count",
    "return_parts",
    "return_stock",
    "send_transfer",
    "set_opening_balance",
    "set_tracking",
    "start_count",
    "submit_count",
    "transfer_stock",
    "undo_transfer",
]
