"""Link rows between work and spend; no accessor is added to either side."""

from linkage.models.allocation import Allocation
from linkage.models.buyer_task import BuyerTask
from linkage.models.spend import SpendEntry
from linkage.models.supply import SupplyLink

__all__ = ["Allocation", "BuyerTask", "SpendEntry", "SupplyLink"]
