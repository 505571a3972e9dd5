"""The port to the demographics service: look for a person, and read one by NHS number. The driver is chosen by PCNHUB_PDS.

`pds-fhir` asks the national service; `local` knows what this deployment holds, and is never a verification. Both only read.

- Never search as somebody types: each person whom a search finds is put on record at the service. Call it for one request.
- A hit is a proposal. Whoever is chosen is read by number (`read`) before anything is written down: a search leaves things
  out, and a superseded number shows only then.
- Ask first, lock afterwards: never call these inside a unit of work that has written or locked anything. They may be called
  inside one that has only read; a page that asks the service is better off without (`@page(opens_work=False)`).

Source: PDS FHIR API 2.x (search and read a patient); `national-services` 2 and 13.7.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.connections.pds.words import Held, Patience, TraceAnswer, TraceQuery
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber


def search(*, actor: Actor, now: datetime, query: TraceQuery, patience: Patience = Patience.PERSON) -> TraceAnswer:
    """Whom the service has for these details, best first; put on record with the number of people found.

    `patience`: a person waits (an answer or a refusal within seconds), or a batch does (it takes its turn).
    Raises InvalidInput when the details do not suffice for any search; NotConfigured, Busy, NoAnswer, SaidNo.
    """
    raise NotImplementedError


def read(*, actor: Actor, now: datetime, nhs_number: NhsNumber, patience: Patience = Patience.PERSON) -> Held | None:
    """What the service holds under a number; None where it holds nothing. Put on record.

    A superseded number answers with the person under `superseded_by`; an invalidated one without a person.
    Raises NotConfigured, Busy, NoAnswer, SaidNo, NotForThisEnvironment.
    """
    raise NotImplementedError
