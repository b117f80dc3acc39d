"""What the work half announces, in the past tense and inside the transaction of the command.

A receiver that raises stops the whole command. Every event carries `actor` and `at` besides what is named here.
"""

from __future__ import annotations

from django.dispatch import Signal

# request_line_ids: needs that the storeroom does not hold in full
parts_short = Signal()
# request_line_ids: needs of which an unbought or unarrived part is no longer wanted
parts_need_cancelled = Signal()
# request_line_ids: parts handed over from a storeroom
parts_issued = Signal()
# from_line_id, to_line_id, quantity: parts promised to the first need are promised to the second
promise_moved = Signal()
# storeroom, lines (stock item and quantity): a storeroom wants to be refilled. A receiver answers with the number
# of the paper it wrote
stock_wanted = Signal()
# work_order_ids
work_orders_released = Signal()
# work_order_ids: work on the floor has got further steps that are done outside
outside_steps_added = Signal()
work_orders_completed = Signal()
# work_order_id
work_order_cancelled = Signal()
# work_order_ids, refusals, is_confirmed, notes: sent before closing; a receiver refuses a work order by putting a
# RuleViolation under its key into `refusals`, and the others are closed; where somebody consented (`is_confirmed`) it
# may let one pass and put words on what stays open into `notes`, which the work order then carries
work_orders_closing = Signal()
# downtime_id: an asset cannot run, or can run again
asset_stopped = Signal()
asset_restarted = Signal()
