"""A practice's demographics export becomes its patients here. Run twice, it changes nothing (`domain.md` 8.4, A17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.models import ImportBatch, ImportRejection, Patient
from pcnhub.care.patients.operations.heeding import keep_word, untold_hubs
from pcnhub.care.patients.operations.protection import tell_hubs
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.rules import (
    CheckedRows,
    Closing,
    ColumnMapping,
    Demographics,
    ImportState,
    ParsedFile,
    RegistrationState,
    RegistrationType,
    Rejection,
    check_rows,
    columns_of,
    table_of,
)
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotPermitted

AT_ONCE = 1000


class NotThePractices(NotPermitted):
    """Regular patients belong to a practice; no other organisation may take them in (`domain.md` 1.1)."""

    code = "regular-patients-elsewhere"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or in a dry run would do, in rows; `rejections` holds every reason, so a row may have several.

    rows = created + changed + unchanged + rejected. `closed` counts registrations that the file called left or deceased;
    their rows are among the rejected. `absent` are active patients whom the file does not name: they stay as they are.
    `untold` names the hubs that can't be told now who is protected here, for want of an appointments agreement in effect.
    """

    batch_id: int | None
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    closed: int
    absent: int
    unused_columns: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    untold: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many patients are not what they were."""
        return self.created + self.changed + self.closed


@dataclass(slots=True)
class _Plan:
    """What would change: new and altered rows ready to be written, with the names of the fields that differ."""

    created: list[Patient] = field(default_factory=list)
    changed: list[Patient] = field(default_factory=list)
    differences: dict[str, list[str]] = field(default_factory=dict)  # NHS number -> names of fields
    closed: list[Patient] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def import_demographics(
    *,
    actor: Actor,
    now: datetime,
    file: ParsedFile | Sequence[Mapping[str, str]],
    mapping: ColumnMapping | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Take a file's rows into the actor's practice. A column that the file lacks leaves what is held untouched.

    Publishes `patients.imported` for each hub of the practice. Raises NotThePractices, NotPermitted,
    and InvalidInput when the header can't be used; bad rows are in the report instead.
    """
    parsed = file if isinstance(file, ParsedFile) else table_of(file)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.IMPORT_PATIENTS, now=now)
        _refuse_unless_practice(actor)
        mapping = mapping or ColumnMapping()
        columns = columns_of(parsed.headers, mapping)
        checked = check_rows(
            parsed,
            columns=columns,
            mapping=mapping,
            practice_ods=actor.organisation.ods_code,
            today=london_date(now),
        )
        take_turn("patients.import", actor.organisation.id)
        held = {row.number: row for row in Patient.objects.filter(organisation=actor.organisation.id)}
        plan = _plan(checked, held, actor=actor, now=now)
        rejections = tuple(sorted([*checked.rejections, *plan.rejections], key=lambda each: each.line))
        rejected = len({rejection.line for rejection in rejections})
        named = {row.nhs_number for row in checked.taken} | {row.nhs_number for row in checked.closings}
        absent = sum(
            row.registration_state == RegistrationState.ACTIVE and number not in named for number, row in held.items()
        )
        batch_id = None if dry_run else _write(parsed, plan, rejections, rejected, actor=actor, now=now)
        untold = untold_hubs(actor=actor, now=now)
    return ImportReport(
        batch_id=batch_id,
        rows=len(parsed.rows),
        created=len(plan.created),
        changed=len(plan.changed),
        unchanged=len(parsed.rows) - rejected - len(plan.created) - len(plan.changed),
        rejected=rejected,
        closed=len(plan.closed),
        absent=absent,
        unused_columns=columns.unused,
        rejections=rejections,
        untold=untold,
    )


def _refuse_unless_practice(actor: Actor) -> None:
    if actor.organisation.kind != OrganisationKind.PRACTICE:
        raise NotThePractices(
            f"{actor.organisation.name} is not a practice: it holds temporary registrations only.",
            remedy="Import each practice's file for that practice.",
            who_can="someone with a position at the practice",
        )


def _plan(checked: CheckedRows, held: Mapping[str, Patient], *, actor: Actor, now: datetime) -> _Plan:
    plan = _Plan()
    for row in checked.taken:
        patient = held.get(row.nhs_number)
        if patient is None:
            plan.created.append(_new(row, actor, now))
        elif _is_somebody_else(patient, row):
            plan.rejections.append(_somebody_else(row))
        else:
            _alter(plan, patient, row, now)
    for closing in checked.closings:
        patient = held.get(closing.nhs_number)
        if patient is not None and patient.birth_date == closing.birth_date:
            _close(plan, patient, closing, now)
    return plan


def _new(row: Demographics, actor: Actor, now: datetime) -> Patient:
    values: dict[str, Any] = {"registered_on": london_date(now), **row.values}
    return Patient(
        organisation_id=actor.organisation.id,
        nhs_number=row.nhs_number,
        registration_type=RegistrationType.REGULAR,
        created_at=now,
        updated_at=now,
        **values,
    )


def _alter(plan: _Plan, patient: Patient, row: Demographics, now: datetime) -> None:
    """The file says that this person is registered: one who was held as gone comes back."""
    wanted = {**row.values, "registration_state": RegistrationState.ACTIVE, "left_on": None, "died_on": None}
    differing = sorted(name for name, value in wanted.items() if getattr(patient, name) != value)
    if not differing:
        return
    for name in differing:
        setattr(patient, name, wanted[name])
    patient.updated_at = now
    plan.changed.append(patient)
    plan.differences[patient.number] = differing


def _close(plan: _Plan, patient: Patient, closing: Closing, now: datetime) -> None:
    died = closing.state is RegistrationState.DECEASED
    wanted = {
        "registration_state": closing.state,
        "died_on": closing.day if died else patient.died_on,
        "left_on": patient.left_on if died else closing.day,
    }
    differing = sorted(name for name, value in wanted.items() if getattr(patient, name) != value)
    if differing:
        for name in differing:
            setattr(patient, name, wanted[name])
        patient.updated_at = now
        plan.closed.append(patient)
        plan.differences[patient.number] = differing


def _is_somebody_else(patient: Patient, row: Demographics) -> bool:
    """Another date of birth and another family name under one number: a mistyped number, not a change of both."""
    return (
        patient.birth_date != row.values["birth_date"]
        and patient.family_name.casefold() != str(row.values["family_name"]).casefold()
    )


def _somebody_else(row: Demographics) -> Rejection:
    return Rejection(
        row.line,
        "NHS number",
        row.nhs_number,
        "another-person",
        "This number is held for a person with another family name and another date of birth.",
        "Check the number in the practice's system. If one of the two has really changed, import that change first.",
    )


def _write(
    parsed: ParsedFile, plan: _Plan, rejections: tuple[Rejection, ...], rejected: int, *, actor: Actor, now: datetime
) -> int:
    active = Patient.objects.filter(organisation=actor.organisation.id, registration_state=RegistrationState.ACTIVE)
    batch = ImportBatch.objects.create(
        organisation_id=actor.organisation.id,
        received_from_id=actor.organisation.id,
        received_at=now,
        received_by=actor.name,
        state=ImportState.IMPORTED,
        file_sha256=parsed.sha256,
        rows=len(parsed.rows),
        created=len(plan.created),
        changed=len(plan.changed),
        unchanged=len(parsed.rows) - rejected - len(plan.created) - len(plan.changed),
        rejected=rejected,
        closed=len(plan.closed),
        active_after=0,
        imported_at=now,
        imported_by=actor.name,
    )
    touched = [*plan.created, *plan.changed, *plan.closed]
    for patient in touched:
        patient.batch_id = batch.pk
    Patient.objects.bulk_create(plan.created, batch_size=AT_ONCE)
    altered = sorted({name for names in plan.differences.values() for name in names})
    Patient.objects.bulk_create(
        [*plan.changed, *plan.closed],
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*altered, "batch", "updated_at"],
    )
    learn_names(organisation_id=actor.organisation.id, batch_id=batch.pk)
    ImportRejection.objects.bulk_create(
        [
            ImportRejection(
                organisation_id=actor.organisation.id,
                batch=batch,
                line=each.line,
                column=each.column,
                value=each.value,
                code=each.code,
                message=each.message,
                remedy=each.remedy,
            )
            for each in rejections
        ],
        batch_size=AT_ONCE,
    )
    batch.active_after = active.count()
    batch.save(update_fields=["active_after"])
    _put_on_record(batch, plan, actor=actor, now=now)
    tell_hubs(actor=actor, now=now)
    keep_word(actor=actor)
    # Also when nothing changed: the hub may have linked a person elsewhere since, which this list sets right.
    for hub in hubs_of(organisation_id=actor.organisation.id, day=london_date(now)):
        publish(
            actor=actor,
            now=now,
            fact="patients.imported",
            key=f"{batch.pk}:{hub.id}",
            payload={"batch_id": batch.pk, "practice_id": actor.organisation.id},
            organisation_id=hub.id,
            # Each practice's own order: what fails for one practice holds back no other.
            ordering_key=f"patients:{hub.id}:{actor.organisation.id}",
        )
    return batch.pk


def _put_on_record(batch: ImportBatch, plan: _Plan, *, actor: Actor, now: datetime) -> None:
    """One event for the file, and one for each person, so that the person's own page of witnesses tells of it."""
    trail.record(
        actor=actor,
        now=now,
        action="patients.imported",
        subject=trail.Subject("import", batch.pk),
        detail={"rows": batch.rows, "rejected": batch.rejected, "sha256": batch.file_sha256},
    )
    for action, patients in (("created", plan.created), ("changed", plan.changed), ("closed", plan.closed)):
        for patient in patients:
            fields = plan.differences.get(patient.number)
            trail.record(
                actor=actor,
                now=now,
                action=f"patients.{action}",
                subject=trail.Subject("patient", patient.pk, patient.pk, patient.nhs_number),
                detail={"import": batch.pk} | ({"fields": fields} if fields else {}),
            )
