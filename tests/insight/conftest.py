"""A catalogue of the tests' own. Imports wait until Django is set up, which a conftest is read before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pcnhub.insight.readiness.rules import Requirement
    from tests.insight.lines import SetLines


@pytest.fixture
def set_lines(monkeypatch: pytest.MonkeyPatch) -> SetLines:
    """`set_lines(line(...), ...)`: the catalogue is these lines, for this test."""
    from pcnhub.insight.readiness import checking, queries, standing

    def put(*lines: Requirement) -> None:
        monkeypatch.setattr(checking, "CATALOGUE", lines)
        monkeypatch.setattr(standing, "CATALOGUE", lines)
        monkeypatch.setattr(queries, "BY_ID", {each.id: each for each in lines})

    return put
