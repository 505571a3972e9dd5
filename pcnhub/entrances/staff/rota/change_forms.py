"""What is typed to change what is published. What other pages change is kept as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from pcnhub.care.appointments.operations.replacing import Candidate
from pcnhub.care.appointments.queries import SessionView, TemplateView, slots_of_session
from pcnhub.entrances.staff.forms import DateField
from pcnhub.entrances.staff.rota.forms import TemplateForm, TimedForm, of_session, of_template
from pcnhub.foundations.kernel.local_time import in_london

# Who holds a session, and so as which role, and of which type its slots are: other pages change that.
SETTLED = ("slot_type_id", "holder_id", "further_holder_ids", "practitioner_role")
SETTLED_OF_SERIES = (*SETTLED, "weekday", "every_weeks", "starts_on", "ends_on")


class _SomeSettled(forms.Form):
    """A form without the fields of `settled`: what they held goes through as it is."""

    settled: tuple[str, ...] = SETTLED
    reason = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Patients’ practices read it. For example, the room is needed.",
        error_messages={"required": "Say why."},
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.kept = {name: self.initial.get(name) for name in self.settled}
        for name in self.settled:
            del self.fields[name]
        last = [name for name in ("day", "reason") if name in self.fields]
        first = ["name", "starts_at", "ends_at"]
        self.order_fields([*first, *(name for name in self.fields if name not in (*first, *last)), *last])

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or {}), **self.kept}


class PublishedForm(_SomeSettled, TimedForm):
    """A published session."""


class SeriesForm(_SomeSettled, TemplateForm):
    """A weekly session with what was made from it, from a day on."""

    settled = SETTLED_OF_SERIES
    day = DateField(
        label="From which day on", help_text="For example, 27 3 2026.", error_messages={"required": "Enter a day."}
    )


class ReplaceForm(forms.Form):
    position_id = forms.ChoiceField(
        label="Who holds it instead", widget=forms.RadioSelect, error_messages={"required": "Choose somebody."}
    )
    reason = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Patients’ practices read it. For example, clinician is ill.",
        error_messages={"required": "Say why."},
    )
    other_role_reason = forms.CharField(
        label="If it is somebody of another role, why that is right for those who are booked",
        required=False,
        max_length=200,
    )

    def __init__(self, data: Any = None, *, candidates: Sequence[Candidate]) -> None:
        super().__init__(data)
        self.fields["position_id"].choices = [  # type: ignore[attr-defined]
            (str(each.position_id), f"{each.name}, {each.role}{'' if each.is_same_role else ' (another role)'}")
            for each in candidates
            if not each.why_not
        ]


def of_published(view: SessionView) -> dict[str, Any]:
    slots = slots_of_session(session_id=view.id)
    times = {
        "starts_at": f"{in_london(view.starts_at):%H:%M}",
        "ends_at": f"{in_london(view.ends_at):%H:%M}",
    }
    return {**of_session(view, slots[0].slot_type_id if slots else 0), **times}


def of_series(view: TemplateView, today: date) -> dict[str, Any]:
    return {**of_template(view), "day": max(today, view.starts_on)}
