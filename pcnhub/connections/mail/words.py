"""What notices say: ids, counts and names of organisations, and where to look. Nothing of a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pcnhub.connections.mail.lists import to_do


class LetterState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class NoticeKind(StrEnum):
    TASK_WAITS = "task-waits"
    TASK_ASSIGNED = "task-assigned"
    TASK_ESCALATED = "task-escalated"
    TASK_CAME_BACK = "task-came-back"
    TASK_COMMENTED = "task-commented"
    SAFETY_NET = "safety-net"
    COPY_NEEDS_PERSON = "copy-needs-person"
    PERMISSION_OVERRIDDEN = "permission-overridden"
    PROTOCOL = "protocol"
    DOCUMENT_QUARANTINED = "document-quarantined"
    DOCUMENT_ALTERED = "document-altered"
    READINESS_OPEN = "readiness-open"
    TONIGHT = "tonight"
    TO_DO = "to-do"
    PROTECTED_NUMBER = "protected-number"


class Wish(StrEnum):
    ALL = "all"
    DAILY = "daily"
    URGENT = "urgent"


WISH_WORDS: dict[Wish, str] = {
    Wish.ALL: "Everything, at most one e-mail in ten minutes",
    Wish.DAILY: "What is urgent within ten minutes, everything else once a day when we open",
    Wish.URGENT: "Only what is urgent: escalations, urgent tasks, safety nets",
}

# One of them, several of them; `{n}` is the number.
_SENTENCES: dict[NoticeKind, tuple[str, str]] = {
    NoticeKind.TASK_WAITS: ("A task waits for your team.", "{n} tasks wait for your team."),
    NoticeKind.TASK_ASSIGNED: ("A task was passed to you or your team.", "{n} tasks were passed to you or your team."),
    NoticeKind.TASK_ESCALATED: ("A task is late and was escalated.", "{n} tasks are late and were escalated."),
    NoticeKind.TASK_CAME_BACK: (
        "A task that you sent came back or was opened again: find another way.",
        "{n} tasks that you sent came back or were opened again: find another way.",
    ),
    NoticeKind.TASK_COMMENTED: ("Somebody commented on a task.", "There are comments on {n} tasks."),
    NoticeKind.SAFETY_NET: (
        "The safety net of a two-week wait has run out: make sure that the patient is not waiting.",
        "The safety nets of {n} two-week waits have run out: make sure that the patients are not waiting.",
    ),
    NoticeKind.COPY_NEEDS_PERSON: (
        "A consultation did not reach its practice and waits for a person.",
        "{n} consultations did not reach their practices and wait for a person.",
    ),
    NoticeKind.PERMISSION_OVERRIDDEN: (
        "A record was opened without the patient’s permission, with a reason.",
        "{n} records were opened without the patients’ permission, with a reason.",
    ),
    NoticeKind.PROTOCOL: (
        "A consultation at the hub asks for your attention today: look at your urgent tasks and at what was filed.",
        "{n} consultations at the hub ask for your attention today: look at your urgent tasks and at what was filed.",
    ),
    NoticeKind.DOCUMENT_QUARANTINED: (
        "The scanner found something harmful in a document: it is in quarantine and waits for a person.",
        "The scanner found something harmful in {n} documents: they are in quarantine and wait for a person.",
    ),
    NoticeKind.DOCUMENT_ALTERED: (
        "A document does not open: its bytes are no longer those that were kept. It must be restored from a backup.",
        "{n} documents do not open: their bytes are no longer those that were kept. They must be restored from a backup.",
    ),
    NoticeKind.READINESS_OPEN: (
        "A check of the go-live checklist is open now, and the next move is yours.",
        "{n} checks of the go-live checklist are open now, and the next move is yours.",
    ),
    NoticeKind.PROTECTED_NUMBER: (
        "Somebody is booked who can be traced only by a person who may see protected patients.",
        "{n} people are booked who can be traced only by a person who may see protected patients.",
    ),
}
# Where each is seen; `{id}` is what the notice is about.
_PATHS: dict[NoticeKind, str] = {
    NoticeKind.COPY_NEEDS_PERSON: "/write-back",
    NoticeKind.PERMISSION_OVERRIDDEN: "/audit",
    NoticeKind.PROTOCOL: "/tasks",
    NoticeKind.DOCUMENT_QUARANTINED: "/documents",
    NoticeKind.DOCUMENT_ALTERED: "/documents",
    NoticeKind.READINESS_OPEN: "/readiness?show=mine",
    NoticeKind.PROTECTED_NUMBER: "/tracing",
}
MOST_LINKS = 10


@dataclass(frozen=True, slots=True)
class News:
    kind: NoticeKind
    about: int
    is_urgent: bool = False
    figures: Mapping[str, int | str] = field(default_factory=dict)  # what its sentence counts


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


def text_of(*, news: Sequence[News], organisation: str, address: str) -> Text:
    """The letter about all of these, most pressing first. `address` is the hub's own, "" when nobody has said it."""
    ordered = sorted(news, key=lambda each: (not each.is_urgent, each.kind, each.about))
    urgent = sum(each.is_urgent for each in ordered)
    number = len(ordered)
    things = "1 thing waits" if number == 1 else f"{number} things wait"
    lines = []
    for kind in dict.fromkeys(each.kind for each in ordered):
        of_kind = [each for each in ordered if each.kind is kind]
        if kind is NoticeKind.TONIGHT:
            for each in of_kind:
                lines.append(tonight(each.figures))
                lines += [f"  {address}/watch?day={each.figures['day']}"] if address else []
            lines.append("")
            continue
        if kind is NoticeKind.TO_DO:
            for each in of_kind:
                lines += [*to_do(each.figures), *([f"  {address}/readiness/to-do/{each.about}"] if address else []), ""]
            continue
        one, several = _SENTENCES[kind]
        lines.append(one if len(of_kind) == 1 else several.format(n=len(of_kind)))
        if address:
            paths = dict.fromkeys(_PATHS.get(kind, f"/tasks/{each.about}") for each in of_kind)
            lines += [f"  {address}{path}" for path in list(paths)[:MOST_LINKS]]
            if len(paths) > MOST_LINKS:
                lines.append(f"  and {len(paths) - MOST_LINKS} more: {address}/tasks")
        lines.append("")
    if all(each.kind is NoticeKind.TONIGHT for each in ordered):
        wrong = sum(int(each.figures[key]) for each in ordered for key in FORESEEN)
        things = f"{wrong} will go wrong" if wrong else "nothing is foreseen to go wrong"
    where = "" if address else "Sign in to PCN Hub to see them.\n\n"
    return Text(
        subject=f"PCN Hub: {things} at {organisation}" + (f", {urgent} urgent" if urgent else ""),
        body=f"For {organisation}\n\n" + "\n".join(lines) + f"\n{where}"
        "This notice was written by PCN Hub and carries nothing about any patient. Nobody reads answers to it. Which notices "
        "you are sent is your choice: sign in and open “E-mail notices”.\n",
    )


# What the watch counts, from the worst down: as one, and as several.
FORESEEN: dict[str, tuple[str, str]] = {
    "stops": ("1 stops a session", "{n} stop a session"),
    "harms": ("1 harms a patient’s way", "{n} harm a patient’s way"),
    "breaks": ("1 breaks a rule", "{n} break a rule"),
    "drifts": ("1 has changed for the worse lately", "{n} have changed for the worse lately"),
}


def tonight(figures: Mapping[str, int | str]) -> str:
    """What will go wrong on a day, in counts. `figures` has the day (ISO 8601), its sessions, and the keys of FORESEEN."""
    day = date.fromisoformat(str(figures["day"]))
    sessions = int(figures["sessions"])
    on = f"{day:%A %-d %B}, {'1 session' if sessions == 1 else f'{sessions} sessions'}:"
    found = [
        (one if number == 1 else several).format(n=number)
        for key, (one, several) in FORESEEN.items()
        if (number := int(figures[key]))
    ]
    return f"{on} {', '.join(found)}." if found else f"{on} nothing is foreseen to go wrong."
