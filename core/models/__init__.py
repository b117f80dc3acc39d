"""Master data and plumbing that both trades hold keys to."""

from core.models.api_token import ApiToken
from core.models.attachment import Attachment
from core.models.document import Document, Fact
from core.models.exchange_rate import ExchangeRate
from core.models.idempotency import IdempotencyRecord
from core.models.item import Item, ItemCategory, ItemRevision
from core.models.number_sequence import NumberSequence
from core.models.organisation import CostCentre, Program, Site
from core.models.outbox import OutboxMessage
from core.models.unit import Unit
from core.models.user import User

__all__ = [
    "ApiToken",
    "Attachment",
    "CostCentre",
    "Document",
    "ExchangeRate",
    "Fact",
    "IdempotencyRecord",
    "Item",
    "ItemCategory",
    "ItemRevision",
    "NumberSequence",
    "OutboxMessage",
    "Program",
    "Site",
    "Unit",
    "User",
]
