"""Calls one's own GP Connect endpoint over HTTP, interaction by interaction, with a consumer's token and headers.

What is called comes straight to `pcnhub serve`, with the proxy's word where one is demanded, unless another address is given.
Source of the interactions and of what each must answer: GP Connect 1.2.7.
"""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from django.utils import timezone

from pcnhub.care.organisations.queries import OrganisationView, gp_connect_switches, organisation
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.connections.gpconnect.mapping import appointments as wishes
from pcnhub.connections.gpconnect.mapping.slots import SlotElsewhere, free_slots_of
from pcnhub.connections.gpconnect.own import NO_ASID, own_place, own_transport, where
from pcnhub.connections.gpconnect.token import READ_ORGANISATION, READ_PATIENT, WRITE_PATIENT, Caller, bearer
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media, named
from pcnhub.foundations.fhir.refusals import NotFhir
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

URN = "urn:nhs:names:services:gpconnect:fhir:"
NHS_NUMBERS = "https://fhir.nhs.uk/Id/nhs-number"
STRUCTURED_METADATA = "urn:nhs:names:services:gpconnect:structured:fhir:rest:read:metadata-1"
RECORD = "operation:gpc.getstructuredrecord-1"
NOBODY = "9999999905"  # valid, of the range that is never issued
DUMMY = (
    "Give a number of the range that is never issued: ten digits, the first of them 9, the last the right check digit."
)
SECONDS = 20.0
T = TypeVar("T", bound=r.Resource)


@dataclass(frozen=True, slots=True)
class Step:
    """One call: `result` is ok, failed or skipped; `said` what it told."""

    name: str
    result: str
    milliseconds: float | None
    status: int | None
    said: str

    @property
    def is_well(self) -> bool:
        return self.result != "failed"

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


class NotAsItShould(Exception):
    """What came back is not what the interaction answers; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes
    milliseconds: float

    def resource(self, type_: type[T], *, status: int = 200) -> T:
        """Raises NotAsItShould unless it is a resource of this type, with this status."""
        try:
            media = named(self.headers.get("Content-Type", "")) or Media.JSON
            found = codec.read_answer(self.body, media).resource
        except NotFhir:
            raise NotAsItShould(f"HTTP {self.status}, and no FHIR") from None
        if self.status != status or not isinstance(found, type_):
            raise NotAsItShould(f"HTTP {self.status}, {_told(found)}")
        if "no-store" not in self.headers.get("Cache-Control", ""):
            raise NotAsItShould("without Cache-Control: no-store")
        return found


def check(*, ods_code: str, nhs_number: str | None, way: Mapping[str, str | None]) -> list[Step]:
    """Every step, in order. Raises NotFound when this installation has no such organisation, InvalidInput when the patient
    may be a real one."""
    if nhs_number is not None and not _is_dummy(nhs_number):
        raise InvalidInput([Problem("--book", "not-a-dummy", "Only a dummy patient is booked", DUMMY)])
    provider = organisation(ods_code=ods_code)
    with _client(way) as http:
        visit = Visit(http, provider, way.get("base_url"))
        return [*visit.reading(), *(visit.booking(nhs_number) if nhs_number else ())]


def _client(way: Mapping[str, str | None]) -> httpx.Client:
    """Without an address it goes straight in, as the proxy in front would."""
    if not way.get("base_url"):
        return httpx.Client(transport=own_transport(), timeout=SECONDS, trust_env=False)
    context = ssl.create_default_context(cafile=way.get("authorities"))
    if way.get("certificate"):
        context.load_cert_chain(way["certificate"] or "", way.get("key"))
    return httpx.Client(verify=context, timeout=SECONDS, trust_env=False)


class Visit:
    """One consumer's round."""

    def __init__(self, http: httpx.Client, provider: OrganisationView, base_url: str | None) -> None:
        self.http = http
        self.provider = provider
        own = own_place(ods_code=provider.ods_code, name=provider.name, asid=provider.asid).service_root
        self.root = base_url.rstrip("/") if base_url else own
        self.leads_to = self.root if base_url else where()
        self.slots: list[SlotElsewhere] = []
        self.appointment: r.Appointment | None = None

    def reading(self) -> Iterator[Step]:
        ods = f"{wishes.ODS}|{self.provider.ods_code}"
        yield self._step("rest:read:metadata-1", self._metadata)
        yield self._step("no token: refused", self._without_token)
        yield self._step(
            "rest:search:organization-1",
            lambda: self._count("rest:search:organization-1", "Organization", READ_ORGANISATION, ods),
        )
        yield self._step("rest:search:slot-1", lambda: self._search(Media.JSON))
        yield self._step("rest:search:slot-1 (XML)", lambda: self._search(Media.XML))
        for kind, name in (("Location", "location"), ("Practitioner", "practitioner")):
            interaction, ids = f"rest:read:{name}-1", [getattr(slot, f"{name}_id") for slot in self.slots[:1]]
            if not any(ids):
                yield Step(interaction, "skipped", None, None, "no free slot names one")
                continue
            yield self._step(interaction, lambda i=interaction, k=kind, n=ids[0]: self._read(i, f"{k}/{n}"))  # type: ignore[misc]
        nobody = f"{NHS_NUMBERS}|{NOBODY}"
        yield self._step(
            "rest:search:patient-1", lambda: self._count("rest:search:patient-1", "Patient", READ_PATIENT, nobody)
        )
        yield self._step("structured: metadata", self._structured_metadata)
        if gp_connect_switches(organisation_id=self.provider.id)[GpConnectCapability.ACCESS_STRUCTURED]:
            yield self._step(RECORD, self._record_of_nobody)
        else:
            yield Step(RECORD, "skipped", None, None, "Access Record Structured is switched off")

    def booking(self, nhs_number: str) -> Iterator[Step]:
        """Books the last free slot for a dummy patient, and takes it back. What fails ends it, but the cancelling."""
        if not self.slots:
            yield Step("rest:create:appointment-1", "failed", None, None, "there is no free slot to book")
            return
        for name, act in (
            ("rest:create:appointment-1", lambda: self._book(nhs_number)),
            ("rest:read:appointment-1", self._read_back),
            ("rest:update:appointment-1", lambda: self._put("rest:update:appointment-1", self._amended)),
            ("rest:cancel:appointment-1", lambda: self._put("rest:cancel:appointment-1", self._cancelled)),
        ):
            if self.appointment is None and name != "rest:create:appointment-1":
                return
            yield self._step(name, act)

    def _step(self, name: str, act: Callable[[], tuple[Answer, str]]) -> Step:
        started = time.perf_counter()
        try:
            answer, said = act()
        except NotAsItShould as wrong:
            return Step(name, "failed", (time.perf_counter() - started) * 1000, None, str(wrong))
        except httpx.HTTPError as error:
            return Step(name, "failed", None, None, f"no answer from {self.leads_to}: {type(error).__name__}")
        return Step(name, "ok", answer.milliseconds, answer.status, said)

    def _ask(
        self,
        interaction: str,
        path: str,
        scope: str,
        *,
        verb: str = "GET",
        parameters: tuple[tuple[str, str], ...] = (),
        body: r.Resource | None = None,
        media: Media = Media.JSON,
        token: bool = True,
    ) -> Answer:
        headers = {
            "Ssp-TraceID": str(uuid.uuid4()),
            "Ssp-From": self.provider.asid or NO_ASID,
            "Ssp-To": self.provider.asid or NO_ASID,
            "Ssp-InteractionID": interaction if interaction.startswith("urn:") else URN + interaction,
            "Accept": media.value,
        }
        if token:
            headers["Authorization"] = self._token(scope)
        content = None
        if body is not None:
            headers["Content-Type"], content = media.content_type, codec.encode(body, media)
        started = time.perf_counter()
        reply = self.http.request(verb, f"{self.root}/{path}", params=parameters, headers=headers, content=content)
        return Answer(reply.status_code, reply.headers, reply.content, (time.perf_counter() - started) * 1000)

    def _token(self, scope: str) -> str:
        me = Caller(
            ods_code=self.provider.ods_code, organisation_name=self.provider.name, organisation_type="",
            asid=self.provider.asid, phone=self.provider.phone, user_id="serve-check", given_name="",
            family_name="serve-check", sds_user_id="UNK", role_profile_id="UNK", origin="command",
        )  # fmt: skip
        return bearer(
            me, now=timezone.now(), audience=self.root, scope=scope, address="https://pcnhub.invalid", version="1"
        )

    def _metadata(self) -> tuple[Answer, str]:
        answer = self._ask("rest:read:metadata-1", "metadata", READ_ORGANISATION)
        return answer, f"version {answer.resource(r.CapabilityStatement).version}"

    def _structured_metadata(self) -> tuple[Answer, str]:
        answer = self._ask(STRUCTURED_METADATA, "structured/metadata", READ_ORGANISATION)
        return answer, f"version {answer.resource(r.CapabilityStatement).version}"

    def _record_of_nobody(self) -> tuple[Answer, str]:
        """Asks for the allergies of somebody who can't be: nobody's record is opened, and the answer must say so."""
        who = r.ParametersParameter(
            name="patientNHSNumber", value_identifier=r.Identifier(system=NHS_NUMBERS, value=NOBODY)
        )
        part = r.ParametersParameter(name="includeResolvedAllergies", value_boolean=True)
        asked = r.Parameters(parameter=(who, r.ParametersParameter(name="includeAllergies", part=(part,))))
        answer = self._ask(RECORD, "structured/Patient/$gpc.getstructuredrecord", READ_PATIENT, verb="POST", body=asked)
        answer.resource(r.OperationOutcome, status=404)
        return answer, "nobody of that number, as it should be"

    def _without_token(self) -> tuple[Answer, str]:
        answer = self._ask("rest:read:metadata-1", "metadata", READ_ORGANISATION, token=False)
        answer.resource(r.OperationOutcome, status=400)
        return answer, "as it should be"

    def _search(self, media: Media) -> tuple[Answer, str]:
        today = london_date(timezone.now())
        answer = self._ask(
            "rest:search:slot-1", "Slot", READ_ORGANISATION, media=media,
            parameters=(
                ("status", "free"), ("start", f"ge{today}"), ("end", f"le{today + timedelta(days=14)}"),
                ("_include", "Slot:schedule"), ("_include:recurse", "Schedule:actor:Practitioner"),
                ("_include:recurse", "Schedule:actor:Location"),
                ("searchFilter", f"{wishes.ODS}|{self.provider.ods_code}"),
            ),
        )  # fmt: skip
        self.slots, unshown = free_slots_of(answer.resource(r.Bundle))
        if unshown:
            raise NotAsItShould(f"{unshown} slots come without schedule or place")
        return answer, f"{len(self.slots)} free slots in 14 days"

    def _count(self, interaction: str, path: str, scope: str, identifier: str) -> tuple[Answer, str]:
        answer = self._ask(interaction, path, scope, parameters=(("identifier", identifier),))
        return answer, f"{len(answer.resource(r.Bundle).entry)} found"

    def _read(self, interaction: str, path: str) -> tuple[Answer, str]:
        answer = self._ask(interaction, path, READ_ORGANISATION)
        answer.resource(r.Resource)
        return answer, path

    def _book(self, nhs_number: str) -> tuple[Answer, str]:
        identifier = f"{NHS_NUMBERS}|{nhs_number}"
        found = self._ask("rest:search:patient-1", "Patient", READ_PATIENT, parameters=(("identifier", identifier),))
        ids = [entry.resource.id for entry in found.resource(r.Bundle).entry if isinstance(entry.resource, r.Patient)]
        if not ids or not ids[0]:
            raise NotAsItShould("the organisation holds no patient of that number: register the dummy patient first")
        slot = self.slots[-1]
        wanted = wishes.Wanted(
            slot_ids=(slot.slot_id,), patient_id=ids[0], location_id=slot.location_id,
            practitioner_id=slot.practitioner_id, starts_at=slot.starts_at, ends_at=slot.ends_at,
            created_at=timezone.now(), description="Check of the endpoint: cancelled at once", comment="",
        )  # fmt: skip
        booker = wishes.Booker(self.provider.ods_code, self.provider.name, self.provider.phone or "not given")
        answer = self._ask(
            "rest:create:appointment-1", "Appointment", WRITE_PATIENT, verb="POST", body=wishes.to_book(wanted, booker)
        )
        self.appointment = answer.resource(r.Appointment, status=201)
        return answer, f"Appointment/{self.appointment.id}"

    def _standing(self) -> r.Appointment:
        if self.appointment is None:
            raise NotAsItShould("nothing was booked")
        return self.appointment

    def _read_back(self) -> tuple[Answer, str]:
        path = f"Appointment/{self._standing().id}"
        answer = self._ask("rest:read:appointment-1", path, READ_PATIENT, media=Media.XML)
        return answer, str(answer.resource(r.Appointment).status)

    def _amended(self) -> r.Appointment:
        return wishes.to_amend(self._standing(), description="Check of the endpoint", comment="Cancelled at once")

    def _cancelled(self) -> r.Appointment:
        return wishes.to_cancel(self._standing(), reason="Check of the endpoint")

    def _put(self, interaction: str, body: Callable[[], r.Appointment]) -> tuple[Answer, str]:
        wanted = body()
        answer = self._ask(interaction, f"Appointment/{wanted.id}", WRITE_PATIENT, verb="PUT", body=wanted)
        self.appointment = answer.resource(r.Appointment)
        return answer, str(self.appointment.status)


def _is_dummy(nhs_number: str) -> bool:
    try:
        return NhsNumber(nhs_number).startswith("9")
    except InvalidIdentifier:
        return False


def _told(found: r.Resource) -> str:
    if not isinstance(found, r.OperationOutcome):
        return r.type_of(found)
    issue = found.issue[0]
    codes = [coding.code for coding in (issue.details.coding if issue.details else ())]
    return " ".join(filter(None, [codes[0] if codes else "", issue.diagnostics]))
