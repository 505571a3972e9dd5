"""Whether a file has about as many people as the practice's published list (`domain.md` 8.4: within 2 %, CHK-29)."""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class ListSizeFinding:
    """Of the file as a whole. `current` counts the rows that were in order; nothing is refused for it."""

    code: str  # list-size-short, list-size-long, or list-size-unknown
    current: int
    list_size: int
    message: str
    remedy: str


def against_list_size(*, current: int, list_size: int | None, is_delta: bool = False) -> ListSizeFinding | None:
    """None when the count is near enough, and for a delta, which names some of the list only."""
    if is_delta:
        return None
    if not list_size:
        return ListSizeFinding(
            "list-size-unknown", current, 0,
            "The practice's list size is not entered, so nobody can tell whether the file is whole.",
            "Enter the list size on the practice's page.",
        )  # fmt: skip
    if abs(current - list_size) <= TOLERANCE * list_size:
        return None
    is_short = current < list_size
    share = abs(current - list_size) / list_size
    return ListSizeFinding(
        "list-size-short" if is_short else "list-size-long",
        current,
        list_size,
        f"{current:,} people in order, the practice's list has {list_size:,}: {share:.1%} {'fewer' if is_short else 'more'}.",
        "Check that the report covers the whole list, or import it as a weekly change file."
        if is_short
        else "Check that the report leaves out who has left, and that the list size entered is the newest.",
    )
