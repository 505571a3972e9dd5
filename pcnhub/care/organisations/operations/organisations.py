"""Changing organisations, their sites, codes and switches."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pcnhub.care.organisations.models import (
    GpConnectSwitch,
    Organisation,
    OrganisationPrescriberCode,
    Site,
)
from pcnhub.care.organisations.operations.writing import Problems, change, note, on_own_ground, write
from pcnhub.care.organisations.queries import kept_by, organisation_ref
from pcnhub.care.organisations.rules import (
    ClinicalSystem,
    GpConnectCapability,
    OrganisationKind,
    Permission,
    PrescriberCodeKind,
    Saved,
)
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, Postcode
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """What is said of an organisation. Sizes count patients; `parent_icb_ods` is the ODS code of an ICB known here."""

    ods_code: str
    name: str
    kind: str
    system: str = ClinicalSystem.PCN_HUB
    supplier_organisation_id: str = ""
    parent_icb_ods: str = ""
    phone: str = ""
    email: str = ""
    list_size: int | None = None
    adjusted_population: int | None = None
    national_code: str = ""
    authentication_nacs: str = ""
    prescribing_cost_centre: str = ""
    asid: str = ""
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class SiteFacts:
    name: str
    site_code: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    phone: str = ""
    closed_on: date | None = None


def save_organisation(*, actor: Actor, now: datetime, facts: OrganisationFacts, is_new: bool = False) -> Saved:
    """Make the organisation of this ODS code, or make it say this. Its code and kind never change.

    A person changes their own organisation; a hub's also those that it keeps (`queries.kept_by`). `is_new` refuses a code that
    is known here already, instead of changing that organisation. Raises InvalidInput, NotPermitted.
    """
    with unit_of_work(actor):
        code = facts.ods_code.strip().upper()
        standing = Organisation.objects.filter(ods_code=code).first()
        on_own_ground(
            actor=actor,
            permission=Permission.MANAGE_ORGANISATION,
            organisation_id=standing.pk if standing and not is_new else 0,
            also=_kept_by_hub(actor),
        )
        _check(facts, standing, is_new=is_new, by_a_person=not actor.is_system)
        parent = facts.parent_icb_ods.strip().upper()
        values = asdict(facts) | {
            "parent_icb_id": Organisation.objects.get(ods_code=parent).pk if parent else None,
            "name": facts.name.strip(),
            "national_code": facts.national_code.strip().upper(),
            "authentication_nacs": facts.authentication_nacs.strip().upper(),
            "prescribing_cost_centre": facts.prescribing_cost_centre.strip().upper(),
            "asid": facts.asid.strip(),
        }
        del values["parent_icb_ods"], values["ods_code"]
        row, saved = write(Organisation, key={"ods_code": code}, values=values)
        return note(actor=actor, now=now, what="organisation", saved=saved, organisation_id=row.pk)


def _kept_by_hub(actor: Actor) -> frozenset[int]:
    """Ids of what a hub keeps; 0 stands for what is not there yet."""
    if actor.organisation.kind != OrganisationKind.HUB:
        return frozenset()
    return frozenset({0, *(kept.id for kept in kept_by(hub_id=actor.organisation.id))})


def _check(facts: OrganisationFacts, standing: Organisation | None, *, is_new: bool, by_a_person: bool) -> None:
    problems = Problems()
    if is_new and standing is not None:
        problems.add(
            "ods_code", "taken", f"{standing.name} has this code and is known here.", "Choose it from the list.",
            facts.ods_code,
        )  # fmt: skip
    if standing is None and by_a_person and facts.kind == OrganisationKind.HUB:
        problems.add(
            "kind", "hub-by-onboarding", "Another hub comes with a network of its own.",
            "Whoever runs this installation brings it live with `pcnhub onboard`.", facts.kind,
        )  # fmt: skip
    problems.ods("ods_code", facts.ods_code)
    problems.required("name", facts.name, "the organisation's name")
    problems.one_of("kind", facts.kind, OrganisationKind, "a kind of organisation")
    problems.one_of("system", facts.system, ClinicalSystem, "a clinical system")
    if standing is not None and not is_new and facts.kind != standing.kind:
        problems.add(
            "kind", "kind-is-fixed", f"This organisation is a {standing.kind}.", "Make another one.", facts.kind
        )
    for field in ("national_code", "authentication_nacs", "prescribing_cost_centre"):
        if value := getattr(facts, field):
            problems.ods(field, value)
    if facts.asid.strip() and not re.fullmatch(r"[0-9]{12}", facts.asid.strip()):
        problems.add(
            "asid", "asid-form", "An ASID has twelve digits.", "Copy it from the endpoint's registration.", facts.asid
        )
    for field in ("list_size", "adjusted_population"):
        size = getattr(facts, field)
        if size is not None and size < 0:
            problems.add(field, "negative", "A number of patients is not negative.", "Give the published number.", size)
    problems.email("email", facts.email, "name@example.nhs.uk")
    if parent := facts.parent_icb_ods.strip().upper():
        found = Organisation.objects.filter(ods_code=parent).values_list("kind", flat=True).first()
        if found != OrganisationKind.ICB:
            problems.add("parent_icb_ods", "not-an-icb", "This is not an ICB known here.", "Add the ICB first.", parent)
    problems.refuse_if_any()


def save_site(
    *,
    actor: Actor,
    now: datetime,
    organisation_id: int,
    facts: SiteFacts,
    site_id: int | None = None,
    is_new: bool = False,
) -> Saved:
    """Make a site, or change it (by id, else by its name at the organisation).

    `is_new` refuses a name that a site has already, instead of changing that one.
    Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        sites = Site.objects.filter(organisation=organisation_id)
        standing = sites.filter(pk=site_id).first() if site_id else sites.filter(name=facts.name.strip()).first()
        if site_id and standing is None:
            raise NotFound("There is no such site at this organisation.", remedy="Choose one from its page.")
        problems = Problems()
        problems.required("name", facts.name, "the name of the site")
        if is_new and standing is not None:
            problems.add("name", "taken", "A site has this name.", "Change that one, or give another.", facts.name)
        if sites.filter(name=facts.name.strip()).exclude(pk=standing.pk if standing else 0).exists():
            problems.add("name", "taken", "Another site has this name.", "Give a different one.", facts.name)
        postcode = facts.postcode
        try:
            postcode = str(Postcode(postcode)) if postcode else ""
        except InvalidIdentifier as wrong:
            problems.add("postcode", "postcode-form", f"{wrong}.", "It looks like DN16 3LQ.", postcode)
        if not any(line.strip() for line in facts.address_lines):
            problems.add("address_lines", "missing", "Enter the address.", "Patients are sent to it.")
        problems.refuse_if_any()
        lines = [line.strip() for line in facts.address_lines if line.strip()]
        values = asdict(facts) | {"name": facts.name.strip(), "postcode": postcode, "address_lines": lines}
        if standing is None:
            row = Site.objects.create(organisation_id=organisation_id, **values)
            saved = Saved(row.pk, True, tuple(values))
        else:
            saved = change(standing, values)
        return note(actor=actor, now=now, what="site", saved=saved, organisation_id=organisation_id)


def add_prescriber_code(
    *, actor: Actor, now: datetime, organisation_id: int, code: str, kind: str, holder_name: str = ""
) -> Saved:
    """Attach a prescriber code to the organisation's cost centre (`domain.md` 2). Raises InvalidInput, NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        problems = Problems()
        check_prescriber_code(problems, code, kind, field="code")
        problems.refuse_if_any()
        _, saved = write(
            OrganisationPrescriberCode,
            key={"organisation_id": organisation_id, "code": code.strip().upper()},
            values={"kind": kind, "holder_name": holder_name.strip()},
        )
        return note(actor=actor, now=now, what="prescriber-code", saved=saved, organisation_id=organisation_id)


def remove_prescriber_code(*, actor: Actor, now: datetime, organisation_id: int, code: str) -> None:
    """Detach a prescriber code. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        row = OrganisationPrescriberCode.objects.filter(organisation=organisation_id, code=code).first()
        if row is None:
            raise NotFound("This code is not attached to the organisation.")
        saved = Saved(row.pk, False, ("removed",))
        row.delete()
        note(actor=actor, now=now, what="prescriber-code", saved=saved, organisation_id=organisation_id)


def check_prescriber_code(problems: Problems, code: str, kind: str, *, field: str) -> None:
    """Six to eight letters and digits, of a known kind."""
    text = code.strip()
    if not (text.isalnum() and text.isascii() and 6 <= len(text) <= 8):
        problems.add(
            field, "prescriber-code-form", "A prescriber code is six to eight letters and digits.",
            "Copy it from NHSBSA's letter.", code,
        )  # fmt: skip
    problems.one_of(
        f"{field}_kind" if field != "code" else "kind", kind, PrescriberCodeKind, "a kind of prescriber code"
    )


def set_gp_connect_switch(
    *, actor: Actor, now: datetime, organisation_id: int, capability: GpConnectCapability, is_on: bool
) -> Saved:
    """Turn one GP Connect switch on or off; always on record with who and when. Raises NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        key = {"organisation_id": organisation_id, "capability": capability.value}
        standing = GpConnectSwitch.objects.filter(**key).first()
        if is_on == (standing is not None and standing.is_on):
            return Saved(standing.pk if standing else 0, False, ())
        values = {"is_on": is_on, "changed_at": now, "changed_by": actor.user}
        _, saved = write(GpConnectSwitch, key=key, values=values)
        detail = {"capability": capability.value, "is_on": is_on}
        return note(
            actor=actor,
            now=now,
            what="gp-connect-switch",
            saved=saved,
            organisation_id=organisation_id,
            detail={**detail},
        )


def open_hub(*, actor: Actor, now: datetime, hub_id: int, practice_ids: tuple[int, ...]) -> tuple[int, ...]:
    """Say that the hub is live, and which practices are open to it; the ids of those that were not before.

    Whether it may be is for readiness to decide, which calls this. Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_READINESS, organisation_id=hub_id)
        organisation_ref(id=hub_id)
        opened = []
        for row in Organisation.objects.select_for_update().filter(pk__in=[hub_id, *practice_ids]).order_by("pk"):
            if row.opened_at is None:
                saved = change(row, {"opened_at": now})
                note(actor=actor, now=now, what="organisation", saved=saved, organisation_id=row.pk)
                opened.append(row.pk)
        return tuple(opened)
