"""What a list has shown, sealed: whoever chooses from it chooses that person with those details, or is shown the list anew.

The seal goes into the page and comes back with the choice. It holds nothing of the person, and nobody else can make one.
"""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

from pcnhub.connections.pds.words import Candidate, Held, candidate_of

SALT = "pcnhub.pds.shown"


def seal(patient_id: int, candidate: Candidate) -> str:
    """Of a candidate beside whom this patient was shown: their details, the version of their record, and what stands against
    them."""
    shown = (patient_id, candidate.person, candidate.version, candidate.is_restricted, candidate.is_deceased)
    return salted_hmac(SALT, repr(shown), algorithm="sha256").hexdigest()


def is_as_shown(given: str, *, patient_id: int, held: Held) -> bool:
    """Whether the person who was read now is the one of the list, in nothing changed."""
    if held.person is None:
        return False
    candidate = candidate_of(held, score=0, why=(), is_certain=False)
    return constant_time_compare(given, seal(patient_id, candidate))
