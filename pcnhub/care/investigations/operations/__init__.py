"""Every change of the room."""

from pcnhub.care.investigations.operations.answering import chase_again, decline, match_result, order, result
from pcnhub.care.investigations.operations.asking import (
    InvestigationRequest,
    TestsAskedDifferently,
    ask,
    ask_again,
    withdraw,
)
from pcnhub.care.investigations.operations.holding import hold
from pcnhub.care.investigations.operations.writing import InvestigationMovedOn

__all__ = [
    "InvestigationMovedOn",
    "InvestigationRequest",
    "TestsAskedDifferently",
    "ask",
    "ask_again",
    "chase_again",
    "decline",
    "hold",
    "match_result",
    "order",
    "result",
    "withdraw",
]
