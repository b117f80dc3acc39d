"""The way from an asset up to the top of its tree, and all that is below it; only these rows are read."""

from __future__ import annotations

from django.db import connection
from django.db.models.expressions import RawSQL

from cmms.models import Asset

DEEPEST = 100  # ends the search even if a tree were damaged into a circle

_ABOVE = """
WITH RECURSIVE above(id, parent_id, steps) AS (
    SELECT id, parent_id, 0 FROM {asset} WHERE id = %s
    UNION ALL
    SELECT up.id, up.parent_id, above.steps + 1
    FROM above JOIN {asset} up ON up.id = above.parent_id WHERE above.steps < {deepest}
)
SELECT asset.* FROM above JOIN {asset} asset ON asset.id = above.id WHERE above.steps > 0 ORDER BY above.steps DESC
"""


def assets_above(asset: Asset) -> list[Asset]:
    """What `asset` is part of, from the top down; one statement."""
    table = connection.ops.quote_name(Asset._meta.db_table)
    return list(Asset.objects.raw(_ABOVE.format(asset=table, deepest=DEEPEST), [asset.pk]))


_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM {asset} WHERE id = %s
    UNION
    SELECT child.id FROM below JOIN {asset} child ON child.parent_id = below.id
)
SELECT id FROM below
"""


def keys_below(asset_id: int) -> RawSQL:
    """Keys of an asset and of everything below it, for `asset__in`; part of the statement it is used in."""
    return RawSQL(_BELOW.format(asset=connection.ops.quote_name(Asset._meta.db_table)), [asset_id])
