"""Each test of this folder may ask for the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rooms.tasks.scene import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    from tests.rooms.tasks.scene import make_scene  # not before Django is set up

    return make_scene()
