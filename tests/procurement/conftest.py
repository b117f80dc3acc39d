"""The plant most tests of the spend half buy for, and what it announced."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from procurement import events
from tests.procurement_builders import Yard, yard


@pytest.fixture
def place(db: None) -> Yard:
    return yard()


@pytest.fixture
def announced() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What was announced, in order: (event, what it carried)."""
    heard: list[tuple[str, dict[str, Any]]] = []
    named = {name: signal for name, signal in vars(events).items() if isinstance(signal, Signal)}
    ears = {}
    for name, signal in named.items():

        def hear(sender: Any, signal: Signal, _name: str = name, **carried: Any) -> None:
            heard.append((_name, carried))

        ears[name] = hear
        signal.connect(hear)
    yield heard
    for name, signal in named.items():
        signal.disconnect(ears[name])


@pytest.fixture
def nobody_follows() -> Iterator[None]:
    """Events are announced to nobody: what the spend half itself does, alone."""
    signals = [signal for signal in vars(events).values() if isinstance(signal, Signal)]
    heard = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
        signal.sender_receivers_cache.clear()
    yield
    for signal, receivers in zip(signals, heard, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()
