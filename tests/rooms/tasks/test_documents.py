"""A task's documents: the sender's own at one end, the copy that came with the consultation at the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pcnhub.care.documents.operations import attach_made
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.queries import LinkedDocument
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, system_for
from tests.rooms.tasks.scene import Scene, work

LETTER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def letter(scene: Scene, key: str = "letter:1", *, at_the_practice: bool = False) -> int:
    world = scene.world
    return attach_made(
        actor=system_for(world.ash if at_the_practice else world.hub),
        now=NOW,
        patient_id=world.patient_of_ash.pk if at_the_practice else scene.hub_patient,
        title="Referral letter",
        content=LETTER,
        content_type="application/pdf",
        kind="letter",
        source_key=key,
    )


def test_each_end_opens_its_own_copy(scene: Scene) -> None:
    own = letter(scene)
    with pytest.raises(InvalidInput, match="not a document of this patient"):
        operations.send(actor=scene.world.bilal, now=NOW, request=scene.asks(documents=(own, own + 1)))
    with pytest.raises(InvalidInput, match="not a document of this patient"):
        operations.send(
            actor=scene.world.bilal, now=NOW, request=replace(scene.asks(documents=(own,)), patient_id=None)
        )
    task_id = scene.delivered(documents=(own,))
    work(NOW)

    def seen(by: str) -> tuple[LinkedDocument, ...]:
        return queries.task(actor=getattr(scene.world, by), now=NOW, task_id=task_id).documents

    assert seen("bilal") == (LinkedDocument("Referral letter", own),)
    assert seen("ada") == (LinkedDocument("Referral letter", None),), "the hub's own is not the practice's to open"
    copy = letter(scene, at_the_practice=True)
    assert seen("ada") == (LinkedDocument("Referral letter", copy),)
