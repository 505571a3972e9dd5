"""Whose name stands at the head of a document, from what is known of the organisation now; refused by name where it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pcnhub.foundations.kernel.refusals import Problem

SITE = "letterhead-site"


@dataclass(frozen=True, slots=True)
class Address:
    """A site of an organisation that is open."""

    site_id: int
    site: str
    lines: tuple[str, ...]
    postcode: str
    phone: str

    @property
    def words(self) -> str:
        return ", ".join((*self.lines, self.postcode)) if self.lines else ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """What is known of an organisation that may head a document."""

    id: int
    name: str
    ods_code: str
    phone: str
    email: str
    closed_on: date | None
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Letterhead:
    organisation_id: int
    name: str
    ods_code: str
    address: Address
    phone: str
    email: str


def letterhead_of(
    organisation: Organisation, *, today: date, site_id: int | None = None, usual_site_id: int | None = None
) -> Letterhead | list[Problem]:
    """The letterhead, or all that keeps it from being one. `site_id` is the address that was chosen where there are several;
    without a choice it is the usual one, the only one, or the one that has the organisation's own name."""
    who = f"a manager at {organisation.name}"
    problems = []
    if organisation.closed_on is not None and organisation.closed_on <= today:
        message = (
            f"{organisation.name} closed on {organisation.closed_on:%-d %B %Y}, so nothing can bear its letterhead"
        )
        problems.append(
            Problem("letterhead", "organisation-closed", message, "Find out where the patient is registered now")
        )
    usable = [each for each in organisation.addresses if each.lines and each.postcode]
    if not usable:
        message = f"{organisation.name} has no address here, so nothing can bear its letterhead"
        remedy = f"Enter a site with its address and postcode on the page of the organisation. Who can: {who}"
        problems.append(Problem("letterhead", "address-missing", message, remedy))
        return problems
    address = _chosen(usable, organisation.name, site_id, usual_site_id)
    if address is None:
        problems.append(_choose(organisation, usable))
        return problems
    phone = address.phone or organisation.phone
    if not phone:
        message = f"{organisation.name} has no telephone number here, so nobody could ring back"
        remedy = f"Enter it on the page of the organisation. Who can: {who}"
        problems.append(Problem("letterhead", "phone-missing", message, remedy))
    if problems:
        return problems
    return Letterhead(organisation.id, organisation.name, organisation.ods_code, address, phone, organisation.email)


def _chosen(usable: Sequence[Address], name: str, site_id: int | None, usual_site_id: int | None) -> Address | None:
    by_id = {each.site_id: each for each in usable}
    if site_id is not None:
        return by_id.get(site_id)  # another organisation's site is none at all
    if usual_site_id in by_id:
        return by_id[usual_site_id]
    if len(usable) == 1:
        return usable[0]
    own = [each for each in usable if each.site.casefold() == name.casefold()]
    return own[0] if len(own) == 1 else None


def _choose(organisation: Organisation, usable: Sequence[Address]) -> Problem:
    message = f"{organisation.name} has {len(usable)} addresses"
    return Problem(SITE, "address-open", message, "Choose the one that stands at the head")
