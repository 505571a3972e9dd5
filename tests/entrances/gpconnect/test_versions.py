"""If-Match: which version a consumer looked at, over HTTP, in both formats."""

from __future__ import annotations

import pytest

from tests.cast import World
from tests.entrances.gpconnect.bodies import changed, free, hub_patient, open_session, wish, with_reason
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.wrong_bodies import Body

CONFLICT = (409, "FHIR_CONSTRAINT_VIOLATION")


@pytest.fixture
def made(w: World, ash: Consumer) -> Body:
    answer = ash.book(wish(w, hub_patient(w), free(open_session(w))[0]))
    assert answer.status == 201, answer.body
    return answer.resource


def looked_at(body: Body) -> dict[str, str]:
    return {"If-Match": f'W/"{body["meta"]["versionId"]}"'}


def test_a_body_made_from_an_older_version_is_a_conflict_not_a_wrong_body(ash: Consumer, made: Body) -> None:
    """What others have changed meanwhile makes the bodies differ: the version is looked at first."""
    assert ash.amend(changed(made, comment="Changed by somebody else")).status == 200
    assert ash.cancel(with_reason(made), headers=looked_at(made)).outcome == CONFLICT
    assert ash.amend(changed(made, start=None), headers=looked_at(made)).outcome == CONFLICT
    cancelled = ash.cancel(with_reason(ash.read(made["id"]).resource))
    assert cancelled.status == 200
    assert ash.amend(changed(made, comment="x"), headers=looked_at(made)).outcome == CONFLICT


def test_a_cancellation_sent_again_with_its_version_answers_as_it_did(ash: Consumer, made: Body) -> None:
    body, headers = with_reason(made), looked_at(made)
    first, again = (ash.cancel(body, headers=headers) for _ in range(2))
    assert (again.status, again.resource) == (200, first.resource)
    assert ash.cancel(with_reason(made, "for another reason"), headers=headers).outcome == CONFLICT


@pytest.mark.parametrize("tag", ["1", '"1"', "W/1", 'W/"abc"', '"1", W/"1"'])
def test_a_tag_of_another_kind_is_no_version_of_ours(ash: Consumer, made: Body, tag: str) -> None:
    headers = {"If-Match": tag}
    assert ash.amend(changed(made, comment="x"), headers=headers).outcome == CONFLICT
    assert ash.cancel(with_reason(made), headers=headers).outcome == CONFLICT
    assert ash.read(made["id"], headers=headers).resource == made  # a read has no use for it
