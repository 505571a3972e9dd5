"""What may be believed of another system's answers, and of what stands there, where our own books are behind."""

from __future__ import annotations

import httpx
import pytest

from pcnhub.connections.gpconnect.words import State
from tests.cast import World
from tests.connections.gpconnect.elsewhere import Elsewhere
from tests.connections.gpconnect.wire import Wire

BOOK = "rest:create:appointment-1"


@pytest.fixture
def e(w: World, wire: Wire) -> Elsewhere:
    return Elsewhere(w)


@pytest.mark.parametrize(
    ("status", "content", "media"),
    [
        (408, b"<html>timeout</html>", "text/html"),
        (429, b"<html>slow down</html>", "text/html"),
        (404, b"", "text/plain"),
        (
            400,
            b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}',
            "application/json",
        ),
    ],
)
def test_only_gp_connects_own_word_is_a_no(
    e: Elsewhere, wire: Wire, status: int, content: bytes, media: str
) -> None:  # fmt: skip
    """The provider has booked; something between us answers in its place."""

    def between(request: httpx.Request) -> httpx.Response:
        wire.through(request)
        return httpx.Response(status, content=content, headers={"Content-Type": media})

    wire.on[BOOK] = between
    booked = e.book()
    (there,) = e.at_hub()
    assert (booked.state, booked.appointment_id) == (State.BOOKED, str(there.pk))
    assert "gpconnect.in-doubt" in e.audited()
    assert "gpconnect.refused" not in e.audited()
