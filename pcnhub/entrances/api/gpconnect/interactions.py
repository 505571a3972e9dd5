"""The interactions that the protocol has: which id belongs to which verb and path, what scope it asks, which switch opens it.

Source: GP Connect 1.2.7, interaction ids; authorisation by scope from its API security guidance. Amend and cancel share verb
and path: there the interaction id decides. A row without a handler answers NOT_IMPLEMENTED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pcnhub.care.organisations.rules import GpConnectCapability

if TYPE_CHECKING:
    from pcnhub.entrances.api.gpconnect.answers import Answer
    from pcnhub.entrances.api.gpconnect.calls import Call

PREFIX = "urn:nhs:names:services:gpconnect:fhir:"
ORGANISATION_READ, PATIENT_READ, PATIENT_WRITE = "organization/*.read", "patient/*.read", "patient/*.write"
SCOPES = (ORGANISATION_READ, PATIENT_READ, PATIENT_WRITE, "organization/*.write")
FOUNDATION, APPOINTMENTS = GpConnectCapability.FOUNDATION, GpConnectCapability.APPOINTMENTS
STRUCTURED = GpConnectCapability.ACCESS_STRUCTURED
STRUCTURED_METADATA = "urn:nhs:names:services:gpconnect:structured:fhir:rest:read:metadata-1"
STRUCTURED_ROOT = "structured/"  # Access Record Structured has a service root of its own, beneath the other


@dataclass(frozen=True, slots=True)
class Interaction:
    """One row. `path` has a place for the id written {id}; `capability` None: always open (the capability statement).

    `prefers`: the call may ask for an empty body (Prefer: return=minimal). `beneath`: what comes before the path at the service
    root that the capability has of its own; the call is answered at the common one, too, which the official assurance tests use.
    `own_urn` where the name does not make it.
    """

    name: str
    verb: str
    path: str
    scope: str
    capability: GpConnectCapability | None
    prefers: bool = False
    beneath: str = ""
    own_urn: str = ""

    @property
    def urn(self) -> str:
        return self.own_urn or PREFIX + self.name

    def id_in(self, path: str) -> str | None:
        """The id in a path of this form ("" where the path has none); None for another path. Case matters."""
        path = path.removeprefix(self.beneath)
        before, _, after = self.path.partition("{id}")
        if before == self.path:
            return "" if path == before else None
        inside = path.removeprefix(before).removesuffix(after)
        fits = path.startswith(before) and path.endswith(after) and len(path) >= len(before) + len(after)
        return inside if fits and "/" not in inside and not inside.startswith("$") else None


TABLE: tuple[Interaction, ...] = (
    Interaction("rest:read:metadata-1", "GET", "metadata", ORGANISATION_READ, None),
    Interaction("rest:search:patient-1", "GET", "Patient", PATIENT_READ, FOUNDATION),
    Interaction("rest:read:patient-1", "GET", "Patient/{id}", PATIENT_READ, FOUNDATION),
    Interaction("operation:gpc.registerpatient-1", "POST", "Patient/$gpc.registerpatient", PATIENT_WRITE, FOUNDATION),
    Interaction("rest:search:practitioner-1", "GET", "Practitioner", ORGANISATION_READ, FOUNDATION),
    Interaction("rest:read:practitioner-1", "GET", "Practitioner/{id}", ORGANISATION_READ, FOUNDATION),
    Interaction("rest:search:organization-1", "GET", "Organization", ORGANISATION_READ, FOUNDATION),
    Interaction("rest:read:organization-1", "GET", "Organization/{id}", ORGANISATION_READ, FOUNDATION),
    Interaction("rest:read:location-1", "GET", "Location/{id}", ORGANISATION_READ, FOUNDATION),
    Interaction("rest:search:slot-1", "GET", "Slot", ORGANISATION_READ, APPOINTMENTS),
    Interaction("rest:create:appointment-1", "POST", "Appointment", PATIENT_WRITE, APPOINTMENTS, prefers=True),
    Interaction("rest:search:patient_appointments-1", "GET", "Patient/{id}/Appointment", PATIENT_READ, APPOINTMENTS),
    Interaction("rest:read:appointment-1", "GET", "Appointment/{id}", PATIENT_READ, APPOINTMENTS),
    Interaction("rest:update:appointment-1", "PUT", "Appointment/{id}", PATIENT_WRITE, APPOINTMENTS, prefers=True),
    Interaction("rest:cancel:appointment-1", "PUT", "Appointment/{id}", PATIENT_WRITE, APPOINTMENTS, prefers=True),
    Interaction(
        "operation:gpc.getstructuredrecord-1", "POST", "Patient/$gpc.getstructuredrecord", PATIENT_READ, STRUCTURED,
        beneath=STRUCTURED_ROOT,
    ),
    Interaction(
        "rest:read:structured-metadata-1", "GET", "metadata", ORGANISATION_READ, None,
        beneath=STRUCTURED_ROOT, own_urn=STRUCTURED_METADATA,
    ),
    # 1.2.8, where service filtering is on
    Interaction("rest:search:healthcareservice-1", "GET", "HealthcareService", ORGANISATION_READ, APPOINTMENTS),
    Interaction("rest:read:healthcareservice-1", "GET", "HealthcareService/{id}", ORGANISATION_READ, APPOINTMENTS),
)  # fmt: skip
_BY_NAME = {row.name: row for row in TABLE}

Handler = Callable[["Call"], "Answer"]
Preparation = Callable[["Call"], object]


class Handling(NamedTuple):
    """`prepare` runs before the unit of work opens, for what has to be asked of another service; its answer is
    `call.prepared`."""

    handler: Handler
    prepare: Preparation | None


_HANDLERS: dict[str, Handling] = {}


def interaction(name: str, *, prepare: Preparation | None = None) -> Callable[[Handler], Handler]:
    """Registers the handler of an interaction, by its name in the table (its urn without the common prefix)."""

    def register(handler: Handler) -> Handler:
        if _BY_NAME[name].name in _HANDLERS:
            raise RuntimeError(f"{name} has two handlers")
        _HANDLERS[name] = Handling(handler, prepare)
        return handler

    return register


def handling_of(row: Interaction) -> Handling | None:
    return _HANDLERS.get(row.name)


def provided(name: str) -> bool:
    return name in _HANDLERS


def on_path(path: str) -> Iterator[tuple[Interaction, str]]:
    """The rows whose path this is (relative to the service root), each with the id in it."""
    for row in TABLE:
        found = row.id_in(path)
        if found is not None:
            yield row, found
