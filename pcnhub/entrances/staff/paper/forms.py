"""A sheet of paper as it is typed: some fields for all of it, and one set for each row, named `reason-3`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from pcnhub.care.appointments.queries import SlotView
from pcnhub.care.appointments.rules import SlotState
from pcnhub.care.appointments.rules.paper import Came, PaperRow, PaperSheet
from pcnhub.entrances.staff.booking.pages import clock
from pcnhub.entrances.staff.forms import DateField

MOST_ROWS = 40
OPTIONAL = ("phone", "reason")
FIELDS = ("slot", "nhs_number", "given_name", "family_name", "birth_date", "phone", "reason", "came")
_STATES: dict[str, str] = {SlotState.FREE: "", SlotState.BOOKED: ", booked", SlotState.BLOCKED: ", blocked"}
_CAME = [("", "Choose"), (Came.YES.value, "Came"), (Came.NO.value, "Did not come")]


class SheetForm(forms.Form):
    """Rows in which nothing was typed are left out. What must be there, the operation says of all of them at once."""

    why = forms.CharField(
        label="Why these are entered now",
        help_text="Such as: system away from 18:20 to 20:05. It stays on record with each appointment.",
        required=False,
    )
    patients_agreed = forms.BooleanField(
        label="Each of these patients knew about the appointment at the hub, and agreed to it", required=False
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, slots: Sequence[SlotView], rows: int, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.places = range(1, min(max(rows, 1), MOST_ROWS) + 1)
        times = [
            ("", "Choose"),
            *((str(each.id), f"{clock(each.starts_at)}{_STATES.get(each.state, '')}") for each in slots),
        ]
        for place in self.places:
            self.fields[f"slot-{place}"] = forms.ChoiceField(label="Time", choices=times, required=False)
            for name, label in (
                ("nhs_number", "NHS number"),
                ("given_name", "First name"),
                ("family_name", "Last name"),
                ("phone", "Telephone"),
                ("reason", "Reason for the appointment"),
            ):
                self.fields[f"{name}-{place}"] = forms.CharField(label=label, required=False)
            self.fields[f"birth_date-{place}"] = DateField(label="Date of birth", required=False)
            self.fields[f"came-{place}"] = forms.ChoiceField(label="What became of it", choices=_CAME, required=False)

        self._mark_needed(True)

    def full_clean(self) -> None:
        """That something is missing the operation says, together with everything else that is wrong."""
        self._mark_needed(False)
        super().full_clean()
        self._mark_needed(True)

    def _mark_needed(self, needed: bool) -> None:
        """For the labels: what a row that is written needs."""
        for name, field in self.fields.items():
            if not name.startswith(OPTIONAL) and name not in ("key", "patients_agreed"):
                field.required = needed

    def sheet(self, session_id: int) -> PaperSheet:
        """What was typed and chosen. Only of a form that is valid."""
        given = self.cleaned_data
        rows = (self._row(place) for place in self.places if self._is_written(place))
        return PaperSheet(session_id, given["why"], given["patients_agreed"], given["key"], tuple(rows))

    def _is_written(self, place: int) -> bool:
        return any(self.cleaned_data.get(f"{name}-{place}") for name in FIELDS)

    def _row(self, place: int) -> PaperRow:
        given: dict[str, Any] = {name: self.cleaned_data.get(f"{name}-{place}") for name in FIELDS}
        slot = given.pop("slot")
        return PaperRow(
            place=place,
            slot_id=int(slot) if slot else None,
            seat=_one_of(self.data.get(f"seat-{place}", ""), "as-written|extra|skip|[0-9]{1,18}"),
            who=_one_of(self.data.get(f"who-{place}", ""), "unknown|[0-9]{1,18}"),
            **given,
        )

    def hidden(self) -> list[tuple[str, str]]:
        """Everything that was typed, to be sent again with what is chosen."""
        names = re.compile(rf"(why|patients_agreed|key|rows|({'|'.join(FIELDS)})-[0-9]+(-(day|month|year))?)")
        return [(name, str(self.data[name])) for name in self.data if names.fullmatch(name) and self.data[name]]


def rows_of(data: Mapping[str, Any], *, otherwise: int) -> int:
    """How many rows the page has."""
    text = str(data.get("rows", ""))
    return int(text) if text.isdecimal() and len(text) < 4 else otherwise


def _one_of(text: str, allowed: str) -> str:
    return text if re.fullmatch(allowed, text) else ""
