"""Few lines of the real checklist: what a page makes of the grid does not depend on how many checks there are."""

from __future__ import annotations

import pytest

from tests.insight.conftest import set_lines

__all__ = ["few_lines", "set_lines"]

FEW = frozenset({"CHK-D1", "CHK-02", "CHK-05", "CHK-08", "CHK-16", "CHK-17"})


@pytest.fixture
def few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checklist is these lines, for this test. Imports wait until Django is set up."""
    from pcnhub.insight.readiness import checking, standing
    from pcnhub.insight.readiness.catalogue import CATALOGUE

    lines = tuple(line for line in CATALOGUE if line.id in FEW)
    monkeypatch.setattr(checking, "CATALOGUE", lines)
    monkeypatch.setattr(standing, "CATALOGUE", lines)
