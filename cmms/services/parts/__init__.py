"""What work needs: asked for, promised from the storeroom or short, bought, or no longer wanted."""

from cmms.services.parts.cancelling import cancel_request_line
from cmms.services.parts.delivery import take_delivery
from cmms.services.parts.requesting import RequestLineInput, request_parts
from cmms.services.parts.supply import SupplyUpdate, record_supply, reserve_from_stock

__all__ = [
    "RequestLineInput",
    "SupplyUpdate",
    "cancel_request_line",
    "record_supply",
    "request_parts",
    "reserve_from_stock",
    "take_delivery",
]
