"""A patient of one's own organisation: opening one, on record, and what other rooms ask of one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import F, Q, QuerySet

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries.numbers import id_in_use, superseded_numbers
from pcnhub.care.patients.rules import RegistrationState, RegistrationType, TraceState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class PatientView:
    """A patient as one organisation holds them."""

    id: int
    organisation_id: int
    nhs_number: NhsNumber | None
    full_name: str
    given_name: str
    family_name: str
    previous_family_name: str
    title: str
    birth_date: date
    sex: str
    address_lines: tuple[str, ...]
    postcode: str
    home_phone: str
    mobile_phone: str
    email: str
    usual_gp: str
    preferred_language: str
    registration_type: str
    registration_state: str
    registered_on: date
    left_on: date | None
    died_on: date | None
    is_sensitive: bool
    dissents_from_sharing: bool
    registered_practice: OrganisationRef | None
    registered_patient_id: int | None
    version: int = 1
    work_phone: str = ""
    language_code: str = ""
    interpreter_required: bool | None = None
    sms_consent: bool | None = None
    temporary_address_lines: tuple[str, ...] = ()
    temporary_postcode: str = ""
    temporary_phone: str = ""
    temporary_contact_ends_on: date | None = None
    traced_practice_ods: str = ""
    trace_state: str = TraceState.LOCAL
    traced_at: datetime | None = None
    traced_by: str = ""
    trace_basis: str = ""
    trace_holds_until: datetime | None = None
    stated_nhs_number: str = ""
    merged_into_id: int | None = None
    ends_on: date | None = None  # of a temporary registration: its last day

    @property
    def is_untraced(self) -> bool:
        """Whether nobody knows yet who this is: booked with what was said at the desk."""
        return self.nhs_number is None and self.merged_into_id is None

    @property
    def phones(self) -> tuple[str, ...]:
        """Mobile first: it reaches the person."""
        return tuple(phone for phone in (self.mobile_phone, self.home_phone) if phone)

    @property
    def number(self) -> str:
        """The NHS number for what is put on record and compared; empty where it is not known."""
        return self.nhs_number or ""

    @property
    def number_words(self) -> str:
        """The NHS number as people read it."""
        return self.nhs_number.spaced if self.nhs_number else "not known yet"

    @property
    def is_active(self) -> bool:
        return self.registration_state == RegistrationState.ACTIVE

    @property
    def home_id(self) -> int:
        """The organisation whose patient this is, which may know who saw them: the practice of a hub's registration."""
        return self.registered_practice.id if self.registered_practice else self.organisation_id


def open_patient(*, actor: Actor, now: datetime, patient_id: int, reason: str = "") -> PatientView:
    """A patient of the actor's own organisation, put on record. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        row = own_row(actor=actor, patient_id=patient_id)
        trail.record(
            actor=actor,
            now=now,
            action="patients.opened",
            subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number or ""),
            data_organisation_id=row.registered_practice_id,
            basis=grant.basis,
            reason=reason,
        )
        return shown_to(actor, row)


def find_active(
    *, actor: Actor, now: datetime, nhs_number: str = "", patient_id: int | None = None
) -> PatientView | None:
    """The actor's own active patient of this NHS number or id, put on record; None for who isn't there, left, died or is
    protected: nobody learns which. Raises NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        key = {"nhs_number": nhs_number} if patient_id is None else {"pk": patient_id}
        known = visible_to(actor).exclude(nhs_number=None)  # whom nobody has traced is nobody's to find by a protocol
        used = known.filter(merged_into=None)  # a row that was merged is nobody of its own
        row = used.filter(registration_state=RegistrationState.ACTIVE, died_on=None, **key).first()
        if row is None:
            return None
        trail.record(
            actor=actor,
            now=now,
            action="patients.opened",
            subject=trail.Subject("patient", row.pk, row.pk, row.nhs_number or ""),
            data_organisation_id=row.registered_practice_id,
            basis=grant.basis,
        )
        return view_of(row)


def patients_by_id(*, actor: Actor, ids: Collection[int]) -> dict[int, PatientView]:
    """The actor's own patients of a list that names them, by the id that it has; those whom the actor may not know about are
    left out. Of a row that was merged it is the view of the one that is used instead.

    For lists whose own opening is on record.
    """
    with unit_of_work(actor):
        found = {row.pk: row for row in visible_to(actor).filter(pk__in=ids)}
        instead = {row.merged_into_id for row in found.values() if row.merged_into_id is not None}
        kept = {row.pk: row for row in visible_to(actor).filter(pk__in=instead)} if instead else {}
        used = {key: kept.get(row.merged_into_id) if row.merged_into_id else row for key, row in found.items()}
        return {key: shown_to(actor, row) for key, row in used.items() if row is not None}


def id_of(*, actor: Actor, nhs_number: str) -> int | None:
    """The actor's own organisation's row of a person, sensitive or not; None when it holds none. For linking, not for showing."""
    with unit_of_work(actor):
        return id_in_use(organisation_id=actor.organisation.id, nhs_number=nhs_number)


def registration_with(*, actor: Actor, nhs_number: str) -> PatientView | None:
    """The actor's own patient of this NHS number, in any state; for operations, which put their own act on record."""
    with unit_of_work(actor):
        found = id_in_use(organisation_id=actor.organisation.id, nhs_number=nhs_number)
        row = visible_to(actor).filter(pk=found).first() if found else None
        return view_of(row) if row else None


def registrations_known(*, actor: Actor, nhs_number: str) -> tuple[PatientView, ...]:
    """What the actor may know of where a person is registered: practices' own registrations, as far as the database shows
    them, and an active one of the actor's own; of a protected person nothing, unless this position may see them. For tracing,
    which puts its question on record."""
    with unit_of_work(actor):
        mine = Q(organisation=actor.organisation.id, registration_state=RegistrationState.ACTIVE)
        rows = Patient.objects.filter(mine | Q(registration_type=RegistrationType.REGULAR), nhs_number=nhs_number)
        if not actor.may(Permission.VIEW_SENSITIVE):
            rows = rows.filter(is_sensitive=False)
        return tuple(view_of(row) for row in rows.select_related("registered_practice"))


def registration_linked_to(*, actor: Actor, practice_id: int, practice_patient_id: int) -> PatientView | None:
    """The actor's own (a hub's) temporary registration of whom a practice holds under that id."""
    with unit_of_work(actor):
        linked = visible_to(actor).filter(registered_practice=practice_id, registered_patient=practice_patient_id)
        row = linked.order_by(F("merged_into").asc(nulls_first=True), "pk").first()
        if row is not None and row.merged_into_id is not None:
            row = visible_to(actor).filter(pk=row.merged_into_id).first()
        return view_of(row) if row else None


def home_registration(*, actor: Actor, registration: PatientView) -> PatientView | None:
    """What the practice holds of whom the actor holds temporarily, as far as the database shows it to the actor.

    None when the person objects to sharing or is sensitive, or the link leads to another person: to one of another number,
    unless it is one that the hub's took the place of. The caller has asked the gate, and puts the opening on record.
    """
    practice = registration.registered_practice
    with unit_of_work(actor):
        row = Patient.objects.filter(
            pk=registration.registered_patient_id or 0, organisation=practice.id if practice else 0
        ).first()
        if row is None or registration.nhs_number is None:
            return None
        if row.nhs_number != registration.nhs_number and row.number not in superseded_numbers(
            patient_id=registration.id
        ):
            return None
        return view_of(row)


def own_registration(*, actor: Actor, patient_id: int) -> PatientView:
    """The actor's own patient, for other rooms' acts, which put their own opening on record. Raises NotFound."""
    with unit_of_work(actor):
        return shown_to(actor, own_row(actor=actor, patient_id=patient_id))


def regular_ids(*, actor: Actor) -> frozenset[int]:
    """The actor's own active, regular patients by id: for counting what is held of them, never for pages."""
    with unit_of_work(actor):
        rows = Patient.objects.filter(
            organisation=actor.organisation.id,
            registration_type=RegistrationType.REGULAR,
            registration_state=RegistrationState.ACTIVE,
            died_on=None,
            merged_into=None,
        )
        return frozenset(rows.values_list("pk", flat=True))


def numbers_held(*, actor: Actor) -> tuple[str, ...]:
    """The NHS numbers of the actor's own patients, as stored: for checks, never for pages."""
    with unit_of_work(actor):
        rows = Patient.objects.filter(organisation=actor.organisation.id).exclude(nhs_number=None)
        return tuple(number for number in rows.values_list("nhs_number", flat=True) if number)


def patient_label(view: PatientView) -> str:
    """SMITH, Jane (Ms), born 12-Apr-1980, NHS 900 000 0009: the form in which the NHS shows a patient's identity."""
    title = f" ({view.title.title()})" if view.title else ""
    return f"{view.family_name.upper()}, {view.given_name}{title}, born {view.birth_date:%d-%b-%Y}, NHS {view.number_words}"


def own_row(*, actor: Actor, patient_id: int) -> Patient:
    """The table's row, for operations; of a row that was merged, the one that is used instead. Raises NotFound for another
    organisation's and for a sensitive one."""
    row = visible_to(actor).filter(pk=patient_id).first()
    if row is not None and row.merged_into_id is not None:
        row = visible_to(actor).filter(pk=row.merged_into_id).first()
    if row is None:
        raise no_such_patient(actor)
    return row


def no_such_patient(actor: Actor) -> NotFound:
    """The same words of nobody, of another organisation's patient, and of a protected one."""
    return NotFound(
        "There is no such patient here.",
        remedy="Search by NHS number. Whose record is protected is found only by those who may see it.",
        who_can=f"someone at {actor.organisation.name} who may see protected records",
    )


def view_of(row: Patient) -> PatientView:
    practice = row.registered_practice
    return PatientView(
        id=row.pk,
        organisation_id=row.organisation_id,
        nhs_number=NhsNumber(row.nhs_number) if row.nhs_number else None,
        full_name=f"{row.given_name} {row.family_name}",
        given_name=row.given_name,
        family_name=row.family_name,
        previous_family_name=row.previous_family_name,
        title=row.title,
        birth_date=row.birth_date,
        sex=row.sex,
        address_lines=tuple(row.address_lines),
        postcode=row.postcode,
        home_phone=row.home_phone,
        mobile_phone=row.mobile_phone,
        email=row.email,
        usual_gp=row.usual_gp,
        preferred_language=row.preferred_language,
        registration_type=row.registration_type,
        registration_state=row.registration_state,
        registered_on=row.registered_on,
        left_on=row.left_on,
        died_on=row.died_on,
        is_sensitive=row.is_sensitive,
        dissents_from_sharing=row.dissents_from_sharing,
        registered_practice=OrganisationRef(practice.pk, practice.ods_code, practice.name, practice.kind)
        if practice
        else None,
        registered_patient_id=row.registered_patient_id,
        version=row.version,
        work_phone=row.work_phone,
        language_code=row.language_code,
        interpreter_required=row.interpreter_required,
        sms_consent=row.sms_consent,
        temporary_address_lines=tuple(row.temporary_address_lines),
        temporary_postcode=row.temporary_postcode,
        temporary_phone=row.temporary_phone,
        temporary_contact_ends_on=row.temporary_contact_ends_on,
        traced_practice_ods=row.traced_practice_ods or "",
        trace_state=row.trace_state,
        traced_at=row.traced_at,
        traced_by=row.traced_by,
        trace_basis=row.trace_basis,
        trace_holds_until=row.trace_holds_until,
        stated_nhs_number=row.stated_nhs_number,
        merged_into_id=row.merged_into_id,
        ends_on=row.ends_on,
    )


def visible_to(actor: Actor) -> QuerySet[Patient]:
    """The acting organisation's own rows, without those that this position may not know about."""
    rows = Patient.objects.filter(organisation=actor.organisation.id).select_related("registered_practice")
    return rows.filter(known_to(actor))


def known_to(actor: Actor, patient: str = "") -> Q:
    """Rows of whom the actor may know; `patient` is the way to the patient's row from another: "patient__".

    Whoever wrote an unregistered person down goes on seeing what they wrote: nothing stands there that they were not told, and
    a booking of their own that closed itself to them would say whose number it was.
    """
    if actor.may(Permission.VIEW_SENSITIVE):
        return Q()
    own = {f"{patient}nhs_number": None, f"{patient}merged_into": None, f"{patient}put_down_by": actor.user}
    return Q(**{f"{patient}is_sensitive": False}) | Q(**own)


def shown_to(actor: Actor, row: Patient) -> PatientView:
    """The row as this actor may know it: of their own words not that somebody protects them."""
    view = view_of(row)
    return view if actor.may(Permission.VIEW_SENSITIVE) else replace(view, is_sensitive=False)
