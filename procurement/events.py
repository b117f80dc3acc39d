"""What happened in the spend half, for whoever must follow.

Every signal is sent inside the transaction of its command: a receiver that raises undoes the command.
All carry `actor: User` and `at: datetime`; those about orders also `order_line_ids: tuple[int, ...]`.
"""

from __future__ import annotations

from django.dispatch import Signal

# requisition_id
requisition_approved = Signal()
# requisition_line_ids: what was still open on them is no longer wanted
requisition_cancelled = Signal()

# order_id, order_line_ids
order_created = Signal()
order_approved = Signal()
order_issued = Signal()
order_revised = Signal()
order_cancelled = Signal()
# order_id, order_line_ids: the lines of which something was still open; the others stay as they are
order_closed = Signal()

# receipt_id, order_id, order_line_ids
goods_received = Signal()
# receipt_id, order_id, order_line_ids; also sent for reversals of receipts and of returns
goods_returned = Signal()

# invoice_ids, order_line_ids: once per matched batch
invoices_posted = Signal()
