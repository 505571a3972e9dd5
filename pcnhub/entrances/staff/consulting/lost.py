"""Without JavaScript: a form that arrives when its sender's session is gone is kept, and offered once they have signed in again.

The form says by a signed word whose it is: the account, its organisation, the consultation, and which form. So nobody who is not
signed in has to be believed, and the words go to that account alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.rules.lost_words import KEPT_FOR, Form
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.entrances.staff.consulting.forms import PUT_BACK
from pcnhub.entrances.staff.door import StaffRequest

WHOSE = "whose"  # the form's input
SALT = "pcnhub.consultation-form"
NOT_KEPT = ("csrfmiddlewaretoken", WHOSE, PUT_BACK)


def whose(request: StaffRequest, consultation_id: int, form: Form) -> str:
    """What the form says of itself: ids, signed."""
    actor = request.actor
    said = {"a": actor.account_id, "o": actor.organisation.id, "c": consultation_id, "f": form.value}
    return signing.dumps(said, salt=SALT)


def keep(request: HttpRequest, now: datetime) -> bool:
    """Keep what was sent for whose it is; whether it is kept. Not when the page is older than any session, or of another
    consultation."""
    longest: timedelta = settings.SESSION_ABSOLUTE_LIMIT + KEPT_FOR
    try:
        said = signing.loads(request.POST.get(WHOSE, ""), salt=SALT, max_age=longest)
    except signing.BadSignature:
        return False
    match = request.resolver_match
    if match is None or match.kwargs.get("consultation_id") != said["c"]:
        return False
    words = request.POST.copy()
    for name in NOT_KEPT:
        words.pop(name, None)
    request_id: str = getattr(request, "request_id", "")
    return operations.keep_lost_words(
        actor=system_actor_for(organisation_id=said["o"], name="door", request_id=request_id),
        now=now,
        account_id=said["a"],
        consultation_id=said["c"],
        form=Form(said["f"]),
        words=words.urlencode(),
    )
