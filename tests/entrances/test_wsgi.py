"""What serves pages loads them before it serves."""

from __future__ import annotations

import importlib
import logging
from typing import Any

import pytest

from pcnhub.config import wsgi


def test_pages_that_cannot_be_loaded_end_the_process_at_its_start(settings: Any) -> None:
    """Not a hub that answers each request with a failure, and writes no word of it into its log."""
    root = logging.getLogger()
    handlers = root.handlers
    settings.ROOT_URLCONF = "tests.no_such_pages"
    try:
        with pytest.raises(ModuleNotFoundError):
            importlib.reload(wsgi)
    finally:
        settings.ROOT_URLCONF = "pcnhub.config.urls"
        importlib.reload(wsgi)
        root.handlers = handlers
