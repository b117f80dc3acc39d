"""When assets stand still: recorded by people or machines, turned into work by rules."""

from cmms.services.downtime.feeds import make_feed_key, revoke_feed_key
from cmms.services.downtime.ingesting import StopMessage, ingest_stops
from cmms.services.downtime.recording import (
    attach_downtime,
    correct_downtime,
    end_downtime,
    start_downtime,
    void_downtime,
)
from cmms.services.downtime.rules import apply_rules, check_open_stops

__all__ = [
    "StopMessage",
    "apply_rules",
    "attach_downtime",
    "check_open_stops",
    "correct_downtime",
    "end_downtime",
    "ingest_stops",
    "make_feed_key",
    "revoke_feed_key",
    "start_downtime",
    "void_downtime",
]
