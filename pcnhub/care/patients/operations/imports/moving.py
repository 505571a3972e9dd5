"""Who is new at one practice and was another's until now: only the hub sees both lists, and tells of files that it brought."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from pcnhub.care.patients.models import ImportBatch, Patient
from pcnhub.care.patients.operations.imports.pieces import keep_frame
from pcnhub.care.patients.operations.imports.steps import PERMISSION
from pcnhub.care.patients.queries.pieces import frames_of
from pcnhub.care.patients.rules import ChangeKind, ImportState, PieceKind, RegistrationState, RegistrationType
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def note_moved(*, actor: Actor, now: datetime, batch_id: int) -> int:
    """Of the new people of a checked file that the acting hub brought: whom another practice holds as theirs; how many.

    People who dissent or are protected there are out of the hub's sight. Raises NotPermitted, NotShared.
    """
    with unit_of_work(actor):
        batch = ImportBatch.objects.select_for_update().filter(received_from=actor.organisation.id, pk=batch_id).first()
        if batch is None or batch.state != ImportState.CHECKED or batch.kinds.get(ChangeKind.MOVED):
            return 0
        permit(
            actor=actor,
            permission=PERMISSION,
            now=now,
            data_organisation_id=batch.organisation_id,
            agreement=AgreementKind.CARE_RECORD,
        )
        batch.moved = 0
        for number, frame in enumerate(frames_of(batch, PieceKind.NEW)):
            held = Patient.objects.filter(
                nhs_number__in=frame["nhs_number"].to_list(),
                registration_type=RegistrationType.REGULAR,
                registration_state=RegistrationState.ACTIVE,
            ).exclude(organisation=batch.organisation_id)
            moved = frame.filter(pl.col("nhs_number").is_in(list(held.values_list("nhs_number", flat=True))))
            keep_frame(batch, PieceKind.MOVED, number, moved)
            batch.moved += moved.height
        batch.kinds[ChangeKind.MOVED.value] = batch.moved
        batch.save(update_fields=["moved", "kinds"])
        return batch.moved
