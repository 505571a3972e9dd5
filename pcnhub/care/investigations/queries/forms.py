"""Request forms that were made and then asked of nobody: a form in a consultation is read, or it is not (CHK-65)."""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.care.consultations.queries.attachments import FiledForm, request_forms_filed
from pcnhub.care.investigations.models import Investigation
from pcnhub.care.tasks.queries import consultations_with_task
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

LOOKED_BACK = timedelta(days=30)
TIME_TO_ASK = timedelta(hours=1)  # the clinician may still be about it


def forms_without_request(*, actor: Actor, now: datetime) -> tuple[FiledForm, ...]:
    """Those of the acting organisation, oldest first: no test request and no task was sent from their consultation."""
    with unit_of_work(actor):
        filed = [
            each
            for each in request_forms_filed(actor=actor, since=now - LOOKED_BACK)
            if each.attached_at <= now - TIME_TO_ASK
        ]
        ids = {each.consultation_id for each in filed}
        asked = set(
            Investigation.objects.filter(organisation=actor.organisation.id, consultation__in=ids).values_list(
                "consultation", flat=True
            )
        )
        asked |= consultations_with_task(actor=actor, consultation_ids=ids)
        return tuple(each for each in filed if each.consultation_id not in asked)
