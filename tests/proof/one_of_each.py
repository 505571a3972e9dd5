"""One row of every kind that holds a patient (`kinds.py`), all about one patient of Ash Lane."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from pcnhub.care.appointments.models import (
    BookedSlot,
    Booking,
    BookingEvent,
    OwnLink,
    PersonToTell,
    Session,
    Slot,
    SlotType,
)
from pcnhub.care.consultations.models import Attachment, Consultation, Deed, LostWords, Version
from pcnhub.care.documents.models import Content, Document, Opening, Piece, TestDocument
from pcnhub.care.investigations.models import Investigation, InvestigationEvent
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import installation_actor
from pcnhub.care.patients.models import (
    ClaimDecision,
    ContactOffer,
    FormerNumber,
    ImportBatch,
    ImportChange,
    ImportFile,
    ImportRejection,
    KnownName,
    Merge,
    Patient,
    PossibleDuplicate,
    Protection,
    SavedMapping,
    TraceAttempt,
    TraceRun,
)
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.records.models import (
    ConfidentialPart,
    FiledConsultation,
    Item,
    OverrideReview,
    SectionCoverage,
    ViewPermission,
)
from pcnhub.care.tasks.models import Task, TaskDocument, TaskEvent, Team
from pcnhub.care.writeback.models import Copy, CopyEvent, Drug
from pcnhub.connections.gpconnect.models import BookingElsewhere, Endpoint
from pcnhub.connections.mesh.models import Contact, Incoming, Outgoing
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person, Request
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import LONG_AGO, NOW, World, system_for
from tests.proof.kinds import KINDS


@dataclass(frozen=True)
class One:
    """One row: of which kind, in which table, with which id."""

    kind: str
    table: str
    id: int


def one_of_each(cast: World) -> list[One]:
    """Makes the rows, each as the organisation that holds it."""
    made: dict[str, int] = {}
    _of_the_installation(made)
    _of_the_practice(cast, made)
    _of_the_hub(cast, made)
    _of_a_request(cast, made)
    return [One(kind, KINDS[kind][0], row_id) for kind, row_id in made.items()]


def _of_the_installation(made: dict[str, int]) -> None:
    with unit_of_work(installation_actor()), asking_for(["9990000034"]):
        made["a person of the demographics extract"] = Person.objects.create(
            nhs_number="9990000034", given_name="P", family_name="Q", birth_date=date(1990, 1, 1)
        ).pk


def _of_a_request(cast: World, made: dict[str, int]) -> None:
    with unit_of_work(system_for(cast.hub)):
        made["a request to the demographics service"] = Request.objects.create(
            organisation_id=cast.hub.pk, user="test", environment="int", operation="read", request_id=uuid4(),
            correlation_id=uuid4(), attempt=1, request_hash="", outcome="answered", started_at=NOW, milliseconds=1,
        ).pk  # fmt: skip
        made["a message on its way"] = Outgoing.objects.create(
            organisation=cast.hub, kind="business", workflow_id="W", local_id="L", sealed=b"0", state="queued",
            state_changed_at=NOW, queued_at=NOW,
        ).pk  # fmt: skip
        made["when a mailbox answered"] = Contact.objects.create(organisation=cast.hub, mailbox="M").pk
        made["a message that arrived"] = Incoming.objects.create(
            organisation=cast.hub, mailbox="M", message_id="1", sha256="0", sealed=b"0", state="kept", received_at=NOW
        ).pk


def _of_the_practice(cast: World, made: dict[str, int]) -> None:
    with unit_of_work(system_for(cast.ash)):
        made["the practice's patient"] = cast.patient_of_ash.pk
        made["a patient's own link"] = _link(cast.ash, cast.patient_of_ash, None).pk
        sensitive = _patient(cast.ash, "9990000018", is_sensitive=True)
        dissents = _patient(cast.ash, "9990000026", dissents_from_sharing=True)
        made["a sensitive patient"], made["a patient who dissents"] = sensitive.pk, dissents.pk
        for kind, person in (
            ("word that the hub's patient is protected", cast.patient_of_ash),
            ("word that another is protected", sensitive),
        ):
            made[kind] = Protection.objects.create(
                organisation=cast.ash, patient=person, nhs_number=person.number, birth_date=person.birth_date,
                registered_on=LONG_AGO, is_sensitive=True, dissents_from_sharing=False,
            ).pk  # fmt: skip
        _imports(cast, made)
        learn_names(organisation_id=cast.ash.pk, patient_ids=[cast.patient_of_ash.pk])
        made["a name of the practice's people"] = KnownName.objects.get(word="smith").pk
        items: list[tuple[str, Patient, bool]] = [
            ("an entry of the record", cast.patient_of_ash, False),
            ("a confidential entry", cast.patient_of_ash, True),
            ("an entry of a patient who dissents", dissents, False),
        ]
        for kind, patient, confidential in items:
            made[kind] = Item.objects.create(
                organisation=cast.ash, patient=patient, kind="problem", term="Asthma", is_confidential=confidential,
                source_key=kind, recorded_at=NOW,
            ).pk  # fmt: skip
        for kind, patient in (
            ("how much of the record is here", cast.patient_of_ash),
            ("the same of a patient who dissents", dissents),
        ):
            made[kind] = SectionCoverage.objects.create(
                organisation=cast.ash, patient=patient, section="problems", as_of=NOW, imported_at=NOW
            ).pk
        endpoint = Endpoint.objects.create(
            organisation=cast.ash, ods_code="X99999", name="Far Hub", capability="appointments", asid="918999198739",
            service_root="https://far.example/X99999/STU3/1/gpconnect", changed_at=NOW, changed_by="test",
        )  # fmt: skip
        made["a booking at another system"] = BookingElsewhere.objects.create(
            organisation=cast.ash, patient=cast.patient_of_ash, endpoint=endpoint, idempotency_key="k", state="asking",
            deed="book", slot_ids=["1"], location_id="1", their_patient_id="1", starts_at=NOW,
            ends_at=NOW + timedelta(minutes=10), what="GP", description="d", asked_at=NOW, asked_by="T", changed_at=NOW,
        ).pk  # fmt: skip
        filed: list[tuple[str, Patient, str, Organisation]] = [
            ("a consultation of the practice", cast.patient_of_ash, "own", cast.ash),
            ("a consultation written back", cast.patient_of_ash, "write-back", cast.hub),
            ("a consultation written back for a patient who dissents", dissents, "write-back", cast.hub),
            ("a confidential consultation of the practice", cast.patient_of_ash, "own", cast.ash),
            ("a confidential consultation written back", cast.patient_of_ash, "write-back", cast.hub),
            ("a report that came by MESH", cast.patient_of_ash, "received", cast.ash),
        ]
        for kind, patient, origin, source in filed:
            made[kind] = FiledConsultation.objects.create(
                organisation=cast.ash, patient=patient, title="Consultation", started_at=NOW, author_name="A",
                sections=[], origin=origin, source_organisation=source, source_key=kind, receipt=kind, received_at=NOW,
                is_confidential="confidential" in kind,
            ).pk  # fmt: skip
        for kind, source, within in (
            ("what is confidential in an open one", cast.ash, "a consultation of the practice"),
            ("what is confidential in one written back", cast.hub, "a consultation written back"),
        ):
            made[kind] = ConfidentialPart.objects.create(
                organisation=cast.ash, source_organisation=source, filed_id=made[within], kind="section", place=0,
                content={"heading": "Plan", "text": "Between us"},
            ).pk  # fmt: skip
        _documents(cast, dissents, made)


def _link(at: Organisation, patient: Patient, booking: Booking | None) -> OwnLink:
    return OwnLink.objects.create(
        organisation=at, patient=patient, booking=booking, token_hash=f"{at.pk:064x}", days_ahead=14, given_at=NOW,
        given_by="test", given_by_name="T", expires_at=NOW + timedelta(days=7),
    )  # fmt: skip


def _documents(cast: World, dissents: Patient, made: dict[str, int]) -> None:
    """At the practice: its own, a confidential one, one in quarantine, a dissenting patient's, and one that the hub brought."""
    those: list[tuple[str, Patient, Organisation, dict[str, Any]]] = [
        ("document of the practice", cast.patient_of_ash, cast.ash, {}),
        ("confidential document", cast.patient_of_ash, cast.ash, {"is_confidential": True}),
        ("document in quarantine", cast.patient_of_ash, cast.ash, {"state": "quarantined", "scan": "found"}),
        ("document of a patient who dissents", dissents, cast.ash, {}),
        ("document that the hub delivered", cast.patient_of_ash, cast.hub, {"source": "delivered"}),
    ]
    for place, (name, patient, bringer, more) in enumerate(those):
        content = _content(cast.ash, bringer, str(place))
        made[f"a {name}"] = Document.objects.create(
            organisation=cast.ash, patient=patient, content=content, title="Letter", content_type="text/plain", size=1,
            sha256=content.sha256, source_organisation=bringer, source_key=name, made_at=NOW, made_by="T", **more,
        ).pk  # fmt: skip
        if name == "document in quarantine":
            continue
        piece = Piece.objects.create(organisation=cast.ash, content=content, number=0, sealed=b"0")
        words = (
            ("its bytes", "a piece of its bytes") if not place else (f"the bytes of a {name}", f"a piece of a {name}")
        )
        made[words[0]] = content.pk
        if patient is not dissents:
            made[words[1]] = piece.pk
    test = _content(cast.ash, cast.ash, "9")
    made["a practice's test document"] = TestDocument.objects.create(
        organisation=cast.ash, content=test, sha256=test.sha256, made_at=NOW
    ).pk


def _content(holder: Organisation, bringer: Organisation, digit: str) -> Content:
    return Content.objects.create(organisation=holder, brought_by=bringer, sha256=digit * 64, size=1, kept_at=NOW)


def _imports(cast: World, made: dict[str, int]) -> None:
    for suffix, bringer in (("", cast.ash), (" by the hub", cast.hub)):
        batch = ImportBatch.objects.create(
            organisation=cast.ash, received_from=bringer, state="imported", file_sha256="0", rows=1, rejected=1,
            received_at=NOW, received_by="test", imported_at=NOW, imported_by="test",
        )  # fmt: skip
        of_batch = {"organisation": cast.ash, "batch": batch}
        rejection = ImportRejection.objects.create(
            **of_batch, line=2, column="NHS number", value="943 476 5918", code="check-digit", message="m", remedy="r"
        )
        piece = ImportFile.objects.create(**of_batch, number=1, content=b"0")
        change = ImportChange.objects.create(
            **of_batch, kind="changed", nhs_number="9000000009", patient=cast.patient_of_ash, before={}, after={}
        )
        twice = PossibleDuplicate.objects.create(**of_batch, line=3, row={}, patient=cast.patient_of_ash, score=90)
        made[f"an import{suffix}"] = batch.pk
        made[f"a rejected row of an import{suffix}"] = rejection.pk
        made[f"a piece of a file{suffix}" if suffix else "a piece of its file"] = piece.pk
        made[f"a change of an import{suffix}"] = change.pk
        who = f"an import{suffix}" if suffix else "it"
        made[f"somebody whom {who} may name twice"] = twice.pk
    made["how the practice's file reads"] = SavedMapping.objects.create(
        organisation=cast.ash, name="Ours", headers_sha256="0", content={}, saved_at=NOW, saved_by="test"
    ).pk


def _of_who_somebody_is(cast: World, patient: Patient, made: dict[str, int]) -> None:
    at_hub = {"organisation": cast.hub}
    unknown = Patient.objects.create(
        **at_hub, given_name="Jan", family_name="Smith", birth_date=date(1980, 4, 12), registration_type="temporary",
        trace_state="untraced", registered_on=LONG_AGO, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    made["which practice is believed"] = ClaimDecision.objects.create(
        **at_hub, nhs_number="9000000009", practice=cast.ash, source="person", decided_at=NOW, decided_by="test"
    ).pk
    made["somebody's former number"] = FormerNumber.objects.create(
        **at_hub, patient=patient, nhs_number="9990000042", ended="superseded", since=NOW
    ).pk
    made["an attempt to trace somebody"] = TraceAttempt.objects.create(
        **at_hub, patient=unknown, at=NOW, by="test", source="local", outcome="no-match"
    ).pk
    made["a run of tracing"] = TraceRun.objects.create(**at_hub, asked_at=NOW, asked_by="test", asked=1).pk
    for kind, source in (("a practice's word", "practice"), ("another source's word", "pds")):
        made[f"{kind} on a contact detail"] = ContactOffer.objects.create(
            **at_hub, patient=patient, field="mobile_phone", value="07700 900000", source=source, offered_at=NOW
        ).pk
    made["two rows that are one person"] = Merge.objects.create(
        **at_hub, kept=patient, merged=unknown, reason="r", at=NOW, by="test"
    ).pk


def _of_permission(cast: World, patient: Patient, made: dict[str, int]) -> None:
    for kind, answer in (
        ("what a patient said of opening the record", "given"),
        ("an opening without asking", "overridden"),
    ):
        made[kind] = ViewPermission.objects.create(
            organisation=cast.hub, patient=patient, holder_ods=cast.ash.ods_code, holder=cast.ash,
            holder_patient=cast.patient_of_ash, answer=answer, reason="r", user="account:1", user_name="T",
            answered_at=NOW, answered_on=NOW.date(),
        ).pk  # fmt: skip
    made["a look at such an opening"] = OverrideReview.objects.create(
        organisation=cast.hub, permission_id=made["an opening without asking"], finding="f", user="account:2",
        user_name="U", reviewed_at=NOW,
    ).pk  # fmt: skip


def _of_the_hub(cast: World, made: dict[str, int]) -> None:
    kind_of_slot = SlotType.objects.create(hub=cast.hub, name="GP", minutes=15, mode="Face to Face (Surgery)")
    times = {"starts_at": NOW, "ends_at": NOW + timedelta(minutes=15)}
    session = Session.objects.create(hub=cast.hub, name="Evening", state_changed_at=NOW, state_changed_by="t", **times)
    slot = Slot.objects.create(hub=cast.hub, session=session, slot_type=kind_of_slot, state="booked", **times)
    team = Team.objects.create(organisation=cast.ash, name="Team")
    hub = system_for(cast.hub)
    with unit_of_work(hub):
        temporary = Patient.objects.create(
            organisation=cast.hub, nhs_number=cast.patient_of_ash.nhs_number, given_name="Jane", family_name="Smith",
            birth_date=date(1980, 4, 12), registration_type="temporary", registered_on=LONG_AGO,
            registered_practice=cast.ash, registered_patient=cast.patient_of_ash, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        made["a temporary registration"] = temporary.pk
        _of_who_somebody_is(cast, temporary, made)
        _of_permission(cast, temporary, made)
        booking = Booking.objects.create(
            organisation=cast.hub, slot=slot, patient=temporary, patient_practice=cast.ash,
            booked_by_organisation=cast.ash,
            booked_by_ods_code=cast.ash.ods_code, **times, booked_by="account:1", booked_by_name="T", source="practice",
            idempotency_key="k", booked_at=NOW,
        )  # fmt: skip
        made["a booking"] = booking.pk
        made["a seat of a booking"] = BookedSlot.objects.create(organisation=cast.hub, booking=booking, slot=slot).pk
        step = {"organisation": cast.hub, "at": NOW, "by": "test"}
        made["a step of a booking"] = BookingEvent.objects.create(
            booking=booking,
            status="booked",
            by_name="T",
            **step | {"by": "account:1"},  # nobody writes in another's name
        ).pk
        made["somebody to tell"] = PersonToTell.objects.create(
            organisation=cast.hub, booking=booking, news="cancelled", reason="Ill", before="Tonight", since=NOW, by="test",
            by_name="T",
        ).pk  # fmt: skip
        made["a patient's own link to an appointment"] = _link(cast.hub, temporary, booking).pk
        consultation = Consultation.objects.create(
            organisation=cast.hub, booking=booking, patient=temporary, patient_practice=cast.ash,
            author_id=cast.bilal.position_id or 0, author_name="B", started_at=NOW,
        )  # fmt: skip
        made["a consultation of the hub"] = consultation.pk
        document = Document.objects.create(
            organisation=cast.hub, patient=temporary, content=_content(cast.hub, cast.hub, "a"), title="Letter",
            content_type="text/plain", size=1, sha256="a" * 64, source_organisation=cast.hub, made_at=NOW, made_by="T",
        )  # fmt: skip
        made["a document of the hub"] = document.pk
        made["a document filed to a consultation"] = Attachment.objects.create(
            organisation=cast.hub, consultation=consultation, document=document, attached_at=NOW, attached_by="T"
        ).pk
        made["how a document opened"] = Opening.objects.create(
            organisation=cast.hub, holder=cast.ash, at=NOW, milliseconds=9
        ).pk
        made["a version of it"] = Version.objects.create(
            organisation=cast.hub, consultation=consultation, number=1, sections=[], entries=[], outcome_code="o",
            outcome_name="O", author_position_id=cast.bilal.position_id or 0, author_name="B", saved_at=NOW,
        ).pk  # fmt: skip
        made["words that arrived without a session"] = LostWords.objects.create(
            organisation=cast.hub, account_id=cast.bilal.account_id or 0, consultation=consultation, form="draft", sealed=b"0",
            kept_at=NOW,
        ).pk  # fmt: skip
        made["what was done in it"] = Deed.objects.create(
            organisation=cast.hub, consultation=consultation, kind="advice", text="t", at=NOW, by="test", by_name="T"
        ).pk
        task = Task.objects.create(
            organisation=cast.hub, to_organisation=cast.ash, to_team=team, patient=temporary,
            receiver_patient=cast.patient_of_ash, kind="follow-up", priority="soon", text="t", due_on=NOW.date(),
            sent_at=NOW, sent_by="test", sent_by_name="T", state_changed_at=NOW, idempotency_key="k",
        )  # fmt: skip
        made["a task"] = task.pk
        made["a step of a task"] = TaskEvent.objects.create(task=task, state="sent", by_name="T", **step).pk
        made["a document of a task"] = TaskDocument.objects.create(
            organisation=cast.hub, task=task, document=document, title="T", sha256="a" * 64
        ).pk
        asked = Investigation.objects.create(
            organisation=cast.hub, to_organisation=cast.ash, patient=temporary, receiver_patient=cast.patient_of_ash,
            nhs_number="9000000009", patient_label="p", consultation=consultation, task=task, tests=[], details="d",
            priority="soon", asked_at=NOW, asked_by="test", asked_by_name="T", state_changed_at=NOW, idempotency_key="i",
        )  # fmt: skip
        made["a test request"] = asked.pk
        made["a step of a test request"] = InvestigationEvent.objects.create(
            investigation=asked, state="asked", by_name="T", **step
        ).pk
        copy = Copy.objects.create(
            organisation=cast.hub, target=cast.ash, consultation=consultation, patient=temporary, version=1,
            finished_at=NOW, state_changed_at=NOW,
        )  # fmt: skip
        made["a copy on its way"] = copy.pk
        made["a step of a copy"] = CopyEvent.objects.create(copy=copy, state="pending", **step).pk
        record(
            actor=hub, now=NOW, action="patients.opened", subject=Subject("patient", temporary.pk),
            data_organisation_id=cast.ash.pk,
        )  # fmt: skip
    with unit_of_work(system_for(cast.ash)):
        made["a drug that a copy brought"] = Drug.objects.create(
            organisation=cast.ash, source_organisation=cast.hub, patient=cast.patient_of_ash, source_key="k", version=1,
            code="1", term="t", state="waiting", mentioned_at=NOW, mentioned_by="B", arrived_at=NOW,
        ).pk  # fmt: skip
    with unit_of_work(hub):
        made["an audit event"] = AuditEvent.objects.latest("sequence").pk


def _patient(at: Organisation, nhs_number: str, **flags: bool) -> Patient:
    return Patient.objects.create(
        organisation=at, nhs_number=nhs_number, given_name="P", family_name="Q", birth_date=date(1990, 1, 1),
        registration_type="regular", registered_on=LONG_AGO, created_at=NOW, updated_at=NOW, **flags,
    )  # fmt: skip
