"""The plant, fresh for each test."""

import pytest

from tests.plant import Plant, build_plant


@pytest.fixture
def plant(db: None) -> Plant:
    return build_plant()
