"""One call, checked: what a handler gets. Everything in it has been through the door."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.http import QueryDict

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine, refused_by
from pcnhub.entrances.api.gpconnect.interactions import Interaction
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.fhir.refusals import InvalidElement, NotFhir
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef

T = TypeVar("T", bound=r.Resource)
LARGEST_ID = 2**63 - 1  # of a row


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Who asks, as their own system says: sent with each call, believed because the Spine proxy vouches for the system."""

    id: str
    name: str
    sds_user_id: str
    sds_role_profile_id: str = ""


@dataclass(frozen=True, slots=True)
class Consumer:
    """For whom they ask. `organisation_type` where the token tells it (it seldom does)."""

    ods_code: str
    name: str
    organisation_type: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """`id` is the one in the path, as sent; `root` the absolute address of the service root; `prepared` what
    was asked of another service before the unit of work opened."""

    actor: Actor
    now: datetime
    provider: OrganisationRef
    consumer: Consumer
    practitioner: Practitioner
    interaction: Interaction
    trace_id: str
    query: QueryDict
    id: str
    body: bytes
    media_in: Media | None
    media_out: Media
    if_match: int | None
    root: str
    prepared: Any = None
    subjects: list[Subject] = field(default_factory=list, compare=False)

    def concerns(self, subject: Subject) -> None:
        """Names whom or what the call is about, for its line in the audit; a refused call's too."""
        self.subjects[:] = [subject]

    def read(self, type_: type[T], *, invalid: Spine = Spine.INVALID_RESOURCE) -> T:
        """The body as this resource. Raises Refused: 415 without a FHIR media type, 400 malformed, 422 something else.

        `invalid` is the code for a value that is not of its type or missing; an unknown element or another resource is always
        INVALID_RESOURCE.
        """
        if self.media_in is None:
            raise Refused(
                Spine.BAD_REQUEST,
                "Content-Type must be application/fhir+json or application/fhir+xml.",
                status=415,
                issue="not-supported",
            )
        try:
            return codec.decode(self.body, self.media_in, type_)
        except NotFhir as wrong:
            if wrong.code == InvalidElement.code:
                raise Refused(invalid, wrong.message) from None
            raise refused_by(wrong) from None

    def row_id(self, otherwise: Spine = Spine.NO_RECORD_FOUND) -> int:
        """The id in the path as a row's; refuses what can't be one in the words that an unknown one gets."""
        number = row_id(self.id)
        if number is None:
            raise Refused(otherwise, f"There is no {self.interaction.path.partition('/')[0]} with this id.")
        return number


def row_id(text: str) -> int | None:
    """The id of a row, written as this product writes it; None for anything else (leading zeros, signs, other digits)."""
    number = int(text) if re.fullmatch(r"[1-9][0-9]{0,18}", text) else 0
    return number if 0 < number <= LARGEST_ID else None
