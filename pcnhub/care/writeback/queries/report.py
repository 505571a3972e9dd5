"""A copy as the report that leaves by MESH, or that somebody prints and takes along."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from pcnhub.care.consultations import queries as consultations
from pcnhub.care.consultations.queries import FinishedVersion
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import TraceState
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.queries.receivers import standing_patient
from pcnhub.care.writeback.rules import (
    ConsultationReport,
    ReportAuthor,
    ReportDocument,
    ReportOrganisation,
    ReportPatient,
    encounter_uuid,
)
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


def report(*, actor: Actor, now: datetime, copy_id: int) -> ConsultationReport:
    """One copy of the acting hub, whatever its state or way, with everything that was written. Put on record.

    What a person reads is made of `rules.redacted(report)`. Raises NotFound (also where the person may not know of the patient,
    or the patient has no NHS number) and NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = Copy.objects.select_related("target").filter(pk=copy_id, organisation=actor.organisation.id).first()
        patient = standing_patient(actor, row.patient_id) if row else None
        if row is None or patient is None or patient.nhs_number is None:
            raise NotFound("There is no such copy here.", remedy="Choose one from the write-back page.")
        version = consultations.finished_version(actor=actor, consultation_id=row.consultation_id, number=row.version)
        trail.record(
            actor=actor,
            now=now,
            action="writeback.report-made",
            subject=Subject("copy", row.pk, patient.id, patient.nhs_number),
            basis=grant.basis,
            detail={"consultation": row.consultation_id, "version": row.version},
        )
        return _report(actor, now, row, patient, version)


def _report(
    actor: Actor, now: datetime, row: Copy, patient: PatientView, version: FinishedVersion
) -> ConsultationReport:
    encounter = encounter_uuid(hub_ods_code=actor.organisation.ods_code, consultation_id=row.consultation_id)
    return ConsultationReport(
        copy_id=row.pk,
        report_uuid=row.report_uuid or uuid5(encounter, str(row.version)),
        replaces_uuid=row.replaces_uuid,
        version=row.version,
        consultation_id=row.consultation_id,
        encounter_uuid=encounter,
        patient=_patient(patient),
        receiver=_receiver(row),
        sender=_sender(actor, version),
        author=_author(version),
        seen_at=version.started_at,
        finished_at=version.saved_at,
        site_name=version.site_name,
        sections=version.notes.sections,
        entries=version.notes.entries,
        outcome=version.outcome_name,
        follow_up=version.notes.follow_up,
        is_confidential=version.is_confidential,
        documents=_documents(actor, version),
        amendment_reason="" if version.is_in_error else version.amendment_reason,
        is_in_error=version.is_in_error,
        in_error_reason=version.in_error_reason,
    )


def _patient(patient: PatientView) -> ReportPatient:
    return ReportPatient(
        title=patient.title,
        given_names=patient.given_name,
        family_name=patient.family_name,
        nhs_number=str(patient.nhs_number),
        birth_date=patient.birth_date,
        address_lines=_lines(patient.address_lines, patient.postcode),
        home_phone=patient.home_phone,
        mobile_phone=patient.mobile_phone,
        current_address_lines=_lines(patient.temporary_address_lines, patient.temporary_postcode),
        current_phone=patient.temporary_phone,
        is_verified=patient.trace_state == TraceState.TRACED,
    )


def _receiver(row: Copy) -> ReportOrganisation:
    if row.target is None:
        return ReportOrganisation(row.target_ods, "")
    return ReportOrganisation(row.target.ods_code, row.target.name, row.target.phone, row.target.email)


def _sender(actor: Actor, version: FinishedVersion) -> ReportOrganisation:
    """The hub, with the address of the site where the patient was seen."""
    hub = organisations.organisation(id=actor.organisation.id)
    sites = {site.name: site for site in organisations.sites_of(organisation_id=hub.id)}
    site = sites.get(version.site_name)
    return ReportOrganisation(
        hub.ods_code,
        hub.name,
        hub.phone or (site.phone if site else ""),
        hub.email,
        _lines(site.address_lines, site.postcode) if site else (),
    )


def _author(version: FinishedVersion) -> ReportAuthor:
    """As of the day of writing: a locum may have left before the report is built, or is built again."""
    for position in organisations.positions(ids=[version.author_position_id], day=london_date(version.saved_at)):
        account = organisations.account(id=position.account_id)
        return ReportAuthor(version.author_name, position.role_name or version.author_role, account.sds_user_id)
    return ReportAuthor(version.author_name, version.author_role)


def _documents(actor: Actor, version: FinishedVersion) -> tuple[ReportDocument, ...]:
    """What is filed to the consultation today; of one that was recorded in error nothing goes along."""
    if version.is_in_error:
        return ()
    attached = consultations.attached_documents(actor=actor, consultation_id=version.consultation_id)
    return tuple(
        ReportDocument(one.title, one.content_type, one.id, one.is_confidential)
        for one in (each.document for each in attached)
    )


def _lines(address: tuple[str, ...], postcode: str) -> tuple[str, ...]:
    return tuple(line for line in (*address, postcode) if line)
