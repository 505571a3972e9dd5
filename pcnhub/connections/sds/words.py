"""The words of the national directory.

An organisation has an MHS record for each interaction that it answers (where: the service root), and an AS record (who: the
ASID) for each of its systems; the party key ties them together. Source: GP Connect 1.2.7, Spine directory integration;
`national-services` 3.1, 3.2, 3.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SERVICE = "urn:nhs:names:services:gpconnect:"


def interaction_id(name: str) -> str:
    """`rest:search:slot-1` in full; what is written in full already stays."""
    return name if name.startswith("urn:") else f"{SERVICE}fhir:{name}"


@dataclass(frozen=True, slots=True)
class Question:
    """One search. `party_key` belongs to the second of the two, for the AS record."""

    ods_code: str
    interaction: str
    party_key: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An MHS record: where an organisation answers an interaction."""

    address: str
    party_key: str


@dataclass(frozen=True, slots=True)
class Device:
    """An AS record: who answers."""

    asid: str


class Fault(StrEnum):
    """The first step that found nothing, or not one thing."""

    NO_ENDPOINT = "no-endpoint"
    SEVERAL_ENDPOINTS = "several-endpoints"
    NO_ASID = "no-asid"
    SEVERAL_ASIDS = "several-asids"


SAID = {
    Fault.NO_ENDPOINT: "no active endpoint (MHS record) is registered",
    Fault.SEVERAL_ENDPOINTS: "more than one endpoint (MHS record) is registered, and nobody knows which one counts",
    Fault.NO_ASID: "an endpoint is registered, and no ASID (AS record) under its party key",
    Fault.SEVERAL_ASIDS: "more than one ASID (AS record) is registered under its party key",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What the directory has of an organisation for an interaction, as far as the look-up went; `fault` says where it ended."""

    ods_code: str
    interaction: str
    address: str = ""
    party_key: str = ""
    asid: str = ""
    fault: Fault | None = None

    def sentence(self) -> str:
        name = self.interaction.removeprefix(SERVICE).removeprefix("fhir:")
        if self.fault is not None:
            return f"{self.ods_code}, {name}: {SAID[self.fault]}"
        return f"{self.ods_code}, {name}: {self.address}, party key {self.party_key}, ASID {self.asid}"
