"""What the page's script asks for by itself: the draft saved without a button, answered in a few words."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.operations import ConsultationMovedOn, DraftMovedOn
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.consulting.forms import written
from pcnhub.entrances.staff.door import StaffRequest, page
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.CONSULT, methods=("POST",))
def keep_draft(request: StaffRequest, consultation_id: int) -> HttpResponse:
    """`{revision, saved_at, problem}`, or `{problem}` with 409 where somebody else changed it and 422 where a part of it can't
    be kept. The text itself never goes back: it stands in the form."""
    form = written(request.POST)
    try:
        revision = operations.save_draft(
            actor=request.actor,
            now=request.now,
            consultation_id=consultation_id,
            revision=form.revision,
            notes=form.notes,
            is_autosave=True,
        )
    except (DraftMovedOn, ConsultationMovedOn) as told:
        return JsonResponse({"problem": f"Not saved. {told.message} Press Save draft to see both."}, status=409)
    except InvalidInput as refusal:
        sentences = [f"{problem.message.rstrip('.')}. {problem.remedy}".strip() for problem in refusal.problems]
        return JsonResponse({"problem": " ".join(["Not saved.", *sentences])}, status=422)
    if not form.errors:
        operations.lost_words_saved(actor=request.actor, now=request.now, lost_words_id=form.put_back)
    return JsonResponse(
        {
            "revision": revision,
            "saved_at": f"{in_london(request.now):%H:%M}",
            "problem": " ".join(error.text for error in form.errors),
        }
    )
