"""The main menu: every entry with the permission that it needs and the kind of organisation that has a use for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef


@dataclass(frozen=True, slots=True)
class Place:
    text: str
    page: str  # name of a route without arguments
    permission: Permission | None = None
    kind: OrganisationKind | None = None  # None: for every kind of organisation
    under: tuple[str, ...] = ()  # other addresses whose pages belong to this one


@dataclass(frozen=True, slots=True)
class Entry:
    text: str
    href: str
    is_current: bool


PLACES = (
    Place("Today", "today"),
    Place("Patients", "patients", Permission.FIND_PATIENTS),
    Place("Clinic list", "clinic-list", Permission.RUN_CLINIC_LIST, OrganisationKind.HUB, under=("/paper-bookings",)),
    Place("Tracing", "tracing", Permission.TRACE_PATIENTS, OrganisationKind.HUB),
    Place("Tonight", "watch", Permission.VIEW_READINESS),
    Place("Rota", "rota", Permission.MANAGE_ROTA, OrganisationKind.HUB),
    Place("Tasks", "tasks", Permission.WORK_TASKS, under=("/teams", "/test-requests")),
    Place("Readiness", "readiness", Permission.VIEW_READINESS, under=("/rehearsals",)),
    Place("Write-back", "writeback", Permission.VIEW_READINESS),
    Place("Agreements", "agreements", Permission.MANAGE_AGREEMENTS),
    Place("People", "people", Permission.MANAGE_PEOPLE),
    Place(
        "Organisation",
        "organisation",
        Permission.MANAGE_ORGANISATION,
        under=("/organisations", "/networks", "/outcomes", "/templates-and-protocols", "/groups", "/sites"),
    ),
    Place("Documents", "documents-attention", Permission.MANAGE_DOCUMENTS),
    Place("Imports", "imports", Permission.IMPORT_PATIENTS),
    Place("Failures", "failures", Permission.MEND_FAILURES),
    Place("Audit", "audit", Permission.VIEW_AUDIT, under=("/records/overrides",)),
)


# What is of use to a network whose appointment book is kept in another system: readiness with the notices that it sends, and
# who may look after it. Every other page works on a book, on patients or on tasks that are kept here, and says so (`door`).
USABLE_ELSEWHERE = (
    "/", "/readiness", "/readiness.csv", "/rehearsals", "/people", "/positions", "/organisation", "/organisations", "/networks",
    "/sites", "/notices", "/failures", "/audit", "/password",
)  # fmt: skip


def is_of_use(organisation: OrganisationRef, path: str) -> bool:
    """The one rule of what an organisation has here: all where its hub's book runs here, else these pages."""
    return organisation.runs_here or any(_leads_to(each, path) for each in USABLE_ELSEWHERE)


def entries_for(actor: Actor, *, path: str) -> tuple[Entry, ...]:
    """The menu of this actor; `path` is the address of the page that shows it."""
    entries = []
    for place in PLACES:
        if place.permission is not None and not actor.may(place.permission):
            continue
        if place.kind is not None and place.kind != actor.organisation.kind:
            continue
        href = reverse(place.page)
        if not is_of_use(actor.organisation, href):
            continue
        entries.append(Entry(place.text, href, is_current=any(_leads_to(each, path) for each in (href, *place.under))))
    return tuple(entries)


def _leads_to(address: str, path: str) -> bool:
    """Whether the path is the address, or beneath it; nothing is beneath the start page."""
    return path == address or (address != "/" and path.startswith(f"{address.rstrip('/')}/"))
