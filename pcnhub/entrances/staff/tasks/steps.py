"""What is posted on a task's page: one step each, and what to say afterwards."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from pcnhub.care.tasks import operations
from pcnhub.care.tasks.queries import TeamView
from pcnhub.entrances.staff.door import StaffRequest
from pcnhub.entrances.staff.tasks.forms import CommentForm, HowForm, NoteForm, PassForm, RejectForm, WithdrawForm

# How an operation names a field, and how the form of each step does.
FIELDS = {
    "pass": {"team_id": "whom", "position_id": "whom", "reason": "pass_note"},
    "withdraw": {"reason": "withdraw_reason"},
}


def forms_for(step: str, given: QueryDict | None, teams: tuple[TeamView, ...]) -> dict[str, forms.Form]:
    """A form for each step that needs one; the one that was posted holds what was typed."""

    def of(name: str) -> QueryDict | None:
        return given if step == name else None

    return {
        "finish": NoteForm(of("finish")),
        "reject": RejectForm(of("reject")),
        "pass": PassForm(of("pass"), teams=teams),
        "comment": CommentForm(of("comment")),
        "deal": HowForm(of("deal")),
        "net": HowForm(of("net")),
        "withdraw": WithdrawForm(of("withdraw")),
    }


def written(form: forms.Form | None) -> str:
    """The words that somebody typed, which a refusal must not take from them."""
    names = {"note", "reason", "pass_note", "comment", "how", "withdraw_reason"}
    given = form.cleaned_data if form is not None else {}
    return "\n".join(given[name] for name in given if name in names and given[name])


def take(request: StaffRequest, step: str, task_id: int, form: forms.Form | None) -> str:
    """Take the step; what to say afterwards."""
    actor, now = request.actor, request.now
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 9 else 0
    match step, form:
        case "accept", _:
            operations.accept(actor=actor, now=now, task_id=task_id, version=version)
            return "You have accepted the task. The sender sees it."
        case "begin", _:
            operations.begin(actor=actor, now=now, task_id=task_id, version=version)
            return "The task is in progress. The sender sees it."
        case "claim", _:
            operations.claim(actor=actor, now=now, task_id=task_id, version=version)
            return "The task is yours now."
        case "undo", _:
            operations.undo(actor=actor, now=now, task_id=task_id, version=version)
            return "The step is undone. Both ends see that it was."
        case "finish", NoteForm():
            note = form.cleaned_data["note"]
            operations.finish(actor=actor, now=now, task_id=task_id, version=version, note=note)
            return "The task is done. The sender sees it."
        case "reject", RejectForm():
            reason = form.cleaned_data["reason"]
            operations.reject(actor=actor, now=now, task_id=task_id, version=version, reason=reason)
            return "The task is rejected. The sender sees it with your reason."
        case "pass", PassForm():
            team_id, position_id = form.target()
            operations.reassign(
                actor=actor,
                now=now,
                task_id=task_id,
                version=version,
                team_id=team_id,
                position_id=position_id,
                reason=form.cleaned_data["pass_note"],
            )
            return "The task is passed on."
        case "comment", CommentForm():
            operations.comment(actor=actor, now=now, task_id=task_id, text=form.cleaned_data["comment"])
            return "The comment is written. Both ends see it."
        case "deal", HowForm():
            operations.deal_with(actor=actor, now=now, task_id=task_id, how=form.cleaned_data["how"])
            return "It is dealt with, and leaves the top of the list."
        case "net", HowForm():
            operations.clear_safety_net(actor=actor, now=now, task_id=task_id, how=form.cleaned_data["how"])
            return "The safety net is seen to."
        case "withdraw", WithdrawForm():
            reason = form.cleaned_data["withdraw_reason"]
            operations.withdraw(actor=actor, now=now, task_id=task_id, reason=reason)
            return "You have asked for the task back. It goes unless they have just accepted it: look here in a minute."
        case _:
            return "Nothing was changed."
