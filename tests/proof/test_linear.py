"""The checkers of histories, tried with histories written by hand: right ones pass, wrong ones are found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proof.histories.attempts import Attempt, Kind, Outcome
from tests.proof.histories.linear import Stuck, linearised
from tests.proof.histories.order import circle
from tests.proof.histories.seat import FREE, Seat, after
from tests.proof.histories.share import Share, Used

A, B = 1, 2  # two seats


def call(
    when: tuple[int, int | None], kind: Kind, wish: str, outcome: Outcome = Outcome.DONE, **more: object
) -> Attempt:
    called, answered = when
    seats = {Kind.BOOK: {"takes": (A,)}, Kind.CANCEL: {"gives": (A,)}}.get(kind, {"takes": (A,)})
    values = {"id": f"{kind}-{wish}-{called}", "layer": "hand", "by": wish, **seats, **more}
    return Attempt(kind=kind, wish=wish, called=called, answered=answered, outcome=outcome, **values)  # type: ignore[arg-type]


def book(when: tuple[int, int | None], wish: str, outcome: Outcome = Outcome.DONE, **more: object) -> Attempt:
    return call(when, Kind.BOOK, wish, outcome, **more)


def cancel(when: tuple[int, int | None], wish: str, outcome: Outcome = Outcome.DONE) -> Attempt:
    return call(when, Kind.CANCEL, wish, outcome)


def hold(when: tuple[int, int | None], who: str, outcome: Outcome = Outcome.DONE, **more: object) -> Attempt:
    return call(when, Kind.HOLD, who, outcome, **more)


def look(when: tuple[int, int], said: str, wish: str = "") -> Attempt:
    return call(when, Kind.LOOK, wish, said=said)


def is_right(*calls: Attempt, seat: int = A, start: Seat = FREE) -> bool:
    return not isinstance(linearised(calls, start, lambda state, attempt: after(state, seat, attempt)), Stuck)


TAKEN, REPEATED, IN_DOUBT, MOVED_ON = Outcome.TAKEN, Outcome.REPEATED, Outcome.IN_DOUBT, Outcome.MOVED_ON

RIGHT = {
    "one after the other": (book((0, 1), "x"), cancel((2, 3), "x"), book((4, 5), "y")),
    "two at once, one refused": (book((0, 9), "x"), book((1, 2), "y", TAKEN)),
    "refused before the winner is answered, and begun before it": (book((0, 9), "y", TAKEN), book((1, 8), "x")),
    "a cancellation and the next booking overlap": (book((0, 1), "x"), cancel((2, 9), "x"), book((3, 4), "y")),
    "in doubt, and it happened": (book((0, None), "x", IN_DOUBT), book((1, 2), "y", TAKEN)),
    "in doubt, and it did not happen": (book((0, None), "x", IN_DOUBT), book((1, 2), "y"), cancel((3, 4), "y")),
    "in doubt, and it happened late": (
        book((0, None), "x", IN_DOUBT), book((1, 2), "y"), cancel((3, 4), "y"), book((5, 6), "z", TAKEN)),
    "asked again after doubt, it had happened": (book((0, None), "x", IN_DOUBT), book((1, 2), "x", REPEATED)),
    "asked again after doubt, it had not": (book((0, None), "x", IN_DOUBT), book((1, 2), "x")),
    "a cancellation in doubt that is asked again": (
        book((0, 1), "x"), call((2, None), Kind.CANCEL, "x", IN_DOUBT), cancel((3, 4), "x", MOVED_ON), book((5, 6), "y")),
    "a repeated answer after the booking is cancelled": (book((0, 1), "x"), cancel((2, 3), "x"), book((4, 5), "x", REPEATED)),
    "a hold that has run out": (hold((0, 1), "h", now=0.0, until=5.0), book((2, 3), "x", now=5.0)),
    "a hold that its holder let go": (
        hold((0, 1), "h", until=5.0), call((2, 3), Kind.LET_GO, "h"), call((2, 3), Kind.LET_GO, "i"), book((4, 5), "x")),
    "blocked and opened again, a hold still lies on it": (
        hold((0, 1), "h", until=5.0), call((2, 3), Kind.BLOCK, "b"), call((4, 5), Kind.UNBLOCK, "b"), book((6, 7), "x", TAKEN)),
    "a hold's own holder": (hold((0, 1), "h", now=0.0, until=5.0), book((2, 3), "x", by="h", now=1.0)),
    "booked at the end": (book((0, 1), "x"), look((9, 10), "booked", "x")),
}  # fmt: skip

WRONG = {
    "two bookings of one seat": (book((0, 5), "x"), book((1, 6), "y")),
    "refused although free": (book((0, 1), "x", TAKEN),),
    "refused although given back before": (book((0, 1), "x"), cancel((2, 3), "x"), book((4, 5), "y", TAKEN)),
    "booked before it was given back": (book((0, 1), "x"), book((2, 3), "y"), cancel((4, 5), "x")),
    "cancelled twice": (book((0, 1), "x"), cancel((2, 5), "x"), cancel((3, 6), "x")),
    "cancelled before it was booked": (cancel((0, 1), "x"), book((2, 3), "x")),
    "told that it moved on although it stands": (book((0, 1), "x"), cancel((2, 3), "x", MOVED_ON)),
    "one wish, two bookings": (book((0, 1), "x"), cancel((2, 3), "x"), book((4, 5), "x")),
    "a repeated answer of what never was": (book((0, 1), "x", REPEATED),),
    "booked into somebody's hold": (hold((0, 1), "h", now=0.0, until=5.0), book((2, 3), "x", now=4.9)),
    "refused after the hold ran out": (hold((0, 1), "h", now=0.0, until=5.0), book((2, 3), "x", TAKEN, now=5.0)),
    "an acknowledged booking is gone": (book((0, 1), "x"), look((9, 10), "free")),
    "somebody else has the seat at the end": (book((0, 1), "x"), look((9, 10), "booked", "y")),
    "in doubt, and yet twice": (
        book((0, None), "x", IN_DOUBT), book((1, 2), "y"), book((3, 4), "z")),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_history_has_an_order(name: str) -> None:
    assert is_right(*RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_history_has_none(name: str) -> None:
    assert not is_right(*WRONG[name])


def test_of_several_seats_a_refusal_does_not_say_which() -> None:
    assert is_right(book((0, 1), "x", TAKEN, takes=(A, B)), seat=A)


def test_a_move_is_seen_on_both_its_seats() -> None:
    calls = (book((0, 1), "x"), call((2, 3), Kind.MOVE, "y", takes=(B,), gives=(A,), leaves="x"))
    assert is_right(*calls, seat=A)
    assert is_right(calls[1], look((9, 10), "booked", "y"), seat=B)
    assert not is_right(*calls, look((9, 10), "booked", "x"), seat=A)


def test_where_the_order_ends_is_said() -> None:
    found = linearised(WRONG["two bookings of one seat"], FREE, lambda state, attempt: after(state, A, attempt))
    assert isinstance(found, Stuck)
    assert (len(found.longest), len(found.next)) == (1, 1)


def moves(*, second_sees_first: bool) -> tuple[tuple[Attempt, ...], dict[str, int]]:
    """x moves from A to B and y from B to A at once. Half done: each takes the seat that the other has not given back yet."""
    x_moves = call((10, 30), Kind.MOVE, "x2", takes=(B,), gives=(A,), leaves="x")
    y_moves = call((10, 30), Kind.MOVE, "y2", takes=(A,), gives=(B,), leaves="y")
    changes = [book((0, 1), "x"), book((2, 3), "y", takes=(B,)), x_moves, y_moves]
    if second_sees_first:
        y_moves = replace(y_moves, gives=(3,), leaves="z")
        changes = [*changes[:2], book((4, 5), "z", takes=(3,)), cancel((6, 7), "y"), x_moves, y_moves]
        changes[3] = replace(changes[3], gives=(B,))
    return tuple(changes), {"x": 1, "y": 2, "x2": 3, "y2": 4, "z": 5}


def test_two_moves_that_each_need_the_other_to_be_first_are_a_circle() -> None:
    """Seat for seat this looks right; as one moment each, neither can be first."""
    changes, bookings = moves(second_sees_first=False)
    assert is_right(*(change for change in changes if A in change.seats()), seat=A)
    assert is_right(*(change for change in changes if B in change.seats()), seat=B)
    assert {change.wish for change in circle(changes, bookings)} == {"x2", "y2"}


def test_moves_one_after_the_other_are_none() -> None:
    changes, bookings = moves(second_sees_first=True)
    assert circle(changes, bookings) == ()


def test_an_order_against_the_clock_is_a_circle() -> None:
    """The database numbered first what was asked for only after the other was answered and cancelled."""
    changes = (book((0, 1), "x"), cancel((2, 3), "x"), book((4, 5), "y"))
    assert circle(changes, {"x": 1, "y": 2}) == ()
    assert circle(changes, {"x": 2, "y": 1})


def test_a_call_in_doubt_counts_when_the_database_shows_it() -> None:
    changes = (book((0, 1), "x"), cancel((2, None), "x", IN_DOUBT), book((4, 5), "y"))
    assert circle(changes, {"x": 1, "y": 2}, in_doubt={changes[1].id}) == ()


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.booleans(), st.integers(0, 3)), max_size=12))
def test_what_really_happened_one_after_another_is_right_however_the_calls_overlap(
    steps: list[tuple[str, bool, int]],
) -> None:
    """Histories made by running the model itself, then stretched: each call begins a little earlier, ends a little later."""
    state, calls, granted = FREE, [], 0
    for place, (who, wants, stretch) in enumerate(steps):
        wish = f"{who}{granted}"
        done = book((0, 1), wish) if wants else cancel((0, 1), state.wish or wish)
        refused = replace(done, outcome=TAKEN if wants else MOVED_ON)
        made = next(each for each in (done, refused) if after(state, A, each) is not None)
        state = after(state, A, made) or state
        granted += made.outcome is Outcome.DONE
        moment = 10 * place
        calls.append(replace(made, id=str(place), called=moment - 10 * stretch, answered=moment + 1 + 10 * stretch))
    assert is_right(*calls)


def of_share(*calls: Attempt, at_most: int = 1) -> bool:
    share = Share(1, "x", at_most, frozenset({A}))
    return not isinstance(linearised(calls, Used(), share.after), Stuck)


FULL = Outcome.FULL


def test_a_share_is_used_given_back_and_used_again() -> None:
    assert of_share(book((0, 1), "x:1"), book((2, 3), "x:2", FULL), cancel((4, 5), "x:1"), book((6, 7), "x:2"))


@pytest.mark.parametrize(
    "calls",
    [
        (book((0, 5), "x:1"), book((1, 6), "x:2")),  # more than there is
        (book((0, 1), "x:1", FULL),),  # refused while there is some left
        (book((0, 1), "x:1"), cancel((2, 3), "x:1"), cancel((4, 5), "x:1")),  # given back twice
    ],
)
def test_a_share_that_is_counted_wrongly_is_found(calls: tuple[Attempt, ...]) -> None:
    assert not of_share(*calls)


def test_who_moves_out_of_a_share_may_meet_the_end_of_another() -> None:
    assert of_share(book((0, 1), "x:1"), call((2, 3), Kind.MOVE, "x:2", FULL, takes=(B,), gives=(A,), leaves="x:1"))
