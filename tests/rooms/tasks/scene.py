"""A network with a team at Ash Lane and one at the hub, and a patient of Ash Lane who is known at the hub."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pcnhub.care.organisations.models import Position
from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationType, Sex
from pcnhub.care.tasks import operations
from pcnhub.care.tasks.operations import TaskRequest, TeamRequest
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor, system_actor
from tests.cast import LONG_AGO, NOW, World, system_for, world


@dataclass(frozen=True)
class Scene:
    world: World
    team: int  # at Ash Lane: Ada and Farah
    hub_team: int  # at the hub: Bilal and Carys
    hub_patient: int  # the hub's temporary row of Ash Lane's patient

    def asks(self, **more: object) -> TaskRequest:
        """Bilal's usual wish."""
        wish = TaskRequest(
            to_team_id=self.team,
            kind="test-to-arrange",
            priority="urgent",
            text="Please arrange a full blood count.",
            due_on=date(2026, 11, 25),
            idempotency_key="wish-1",
            patient_id=self.hub_patient,
        )
        return replace(wish, **more)  # type: ignore[arg-type]

    def sent(self, **more: object) -> int:
        return operations.send(actor=self.world.bilal, now=NOW, request=self.asks(**more))

    def delivered(self, **more: object) -> int:
        task_id = self.sent(**more)
        work(NOW)
        return task_id


def work(now: datetime) -> int:
    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return system_actor(name="worker", organisation=organisation_ref(id=organisation_id), request_id=request_id)

    return Worker("test", actor_for).drain(now=now)


def end_position(actor: Actor, day: date) -> None:
    """The person leaves; `day` is the first on which the position no longer holds."""
    Position.objects.filter(pk=actor.position_id or 0).update(ends_on=day)


def make_scene() -> Scene:
    cast = world()
    team = operations.save_team(
        actor=cast.dilys,
        now=NOW - timedelta(days=30),
        request=TeamRequest(
            "Enhanced Access Team", members=frozenset({cast.ada.position_id or 0, cast.farah.position_id or 0})
        ),
    )
    hub_team = operations.save_team(
        actor=cast.carys,
        now=NOW - timedelta(days=30),
        request=TeamRequest(
            "Hub Administration", members=frozenset({cast.bilal.position_id or 0, cast.carys.position_id or 0})
        ),
    )
    home = cast.patient_of_ash
    with unit_of_work(system_for(cast.hub)):
        known = Patient.objects.create(
            organisation=cast.hub, nhs_number=home.nhs_number, given_name=home.given_name, family_name=home.family_name,
            birth_date=home.birth_date, sex=Sex.FEMALE, registration_type=RegistrationType.TEMPORARY,
            registered_practice=cast.ash, registered_patient=home, registered_on=LONG_AGO, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
    return Scene(cast, team, hub_team, known.pk)
