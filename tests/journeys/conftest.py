"""A plant whose rows a real worker can see."""

import pytest

from tests.plant import Plant, build_plant


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    return build_plant()
