"""What is typed about sessions and weekly sessions. The rules are the operations'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from pcnhub.care.appointments.operations import Quota, SessionDetails, TemplateDetails
from pcnhub.care.appointments.queries import SessionView, TemplateView, slot_types
from pcnhub.care.appointments.rules import PRACTITIONER_FAMILIES, DeliveryChannel, OrganisationType, QuotaProfile
from pcnhub.care.appointments.rules.details import problems_of_session, problems_of_template, problems_of_times
from pcnhub.care.appointments.rules.job_roles import JOB_ROLE_NAMES
from pcnhub.care.organisations.queries import groups_of, positions_at, sites_of
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Problem

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LATER = ("", "Choose later")
TYPES = {
    OrganisationType.GP_PRACTICE: "GP practices (gp-practice)",
    OrganisationType.URGENT_CARE: "Urgent care and 111 (urgent-care)",
}


class SessionForm(forms.Form):
    """What a session and a weekly session share."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        error_messages={"required": "Enter a name."},
        help_text="The booking practice sees it: which service, for whom. For example, EA GP Saturday – practice booking.",
    )
    slot_type_id = forms.ChoiceField(label="Slot type", error_messages={"required": "Choose a slot type."})
    holder_id = forms.ChoiceField(label="Who holds it", required=False)
    further_holder_ids = forms.MultipleChoiceField(
        label="Who else holds it",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each gets slots of their own, at the same times.",
    )
    site_id = forms.ChoiceField(label="Site", required=False)
    delivery_channel = forms.ChoiceField(
        label="How", required=False, choices=[LATER, *((channel.value, channel.value) for channel in DeliveryChannel)]
    )
    practitioner_role = forms.ChoiceField(
        label="Practitioner role",
        required=False,
        help_text="The national job role under which practices find the session. Everybody who holds it has this role.",
        choices=[
            LATER,
            *(
                (code, f"{family}: {JOB_ROLE_NAMES[code]} ({code})")
                for family, codes in PRACTITIONER_FAMILIES.items()
                for code in codes
            ),
        ],
    )
    group_ids = forms.MultipleChoiceField(
        label="Groups that may book", required=False, widget=forms.CheckboxSelectMultiple
    )
    gp_connect_bookable = forms.BooleanField(
        label="Can be booked over GP Connect",
        required=False,
        help_text="By other systems: practices that don't use this one, and 111.",
    )
    open_to_all = forms.BooleanField(
        label="Open to every organisation over GP Connect",
        required=False,
        help_text="Whoever can reach the hub over GP Connect, of the types below if any is ticked. Not ticked: only the groups "
        "and the organisations named here.",
    )
    organisation_types = forms.MultipleChoiceField(
        label="Only these types of organisation",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(TYPES.items()),
        help_text="Over GP Connect. None ticked: any type.",
    )
    organisation_ods_codes = forms.CharField(
        label="Only these organisations",
        required=False,
        max_length=400,
        help_text="Over GP Connect, besides the groups. ODS codes with spaces between them, such as A81001 A81002.",
    )
    window_days = forms.IntegerField(
        label="Days ahead",
        required=False,
        help_text="Can be booked at most so many days before. The contract wants at least 14. Empty: as soon as it is published.",
    )
    closes_minutes = forms.IntegerField(
        label="Closes, minutes before it starts",
        required=False,
        help_text="From then on nobody books it. Empty: until it starts.",
    )
    release_group_id = forms.ChoiceField(
        label="On the day, open what is left to",
        required=False,
        help_text="Such as the 111 group: the contract wants unused slots of the day offered to 111.",
    )
    release_at = forms.TimeField(label="From this time on that day", required=False, help_text="For example, 16:00.")
    counts_to_enhanced_access = forms.BooleanField(label="Counts towards enhanced access", required=False)
    variation = forms.CharField(
        label="Agreed variation",
        required=False,
        max_length=200,
        help_text="If it counts outside weekdays 18:30 to 20:00 and Saturday 09:00 to 17:00: what the commissioner agreed, "
        "such as a letter and its date.",
    )

    def __init__(self, data: Any = None, *, actor: Actor, day: date, initial: dict[str, Any] | None = None) -> None:
        starting = {"counts_to_enhanced_access": True, "gp_connect_bookable": True, **(initial or {})}
        super().__init__(data, initial=starting)
        hub_id = actor.organisation.id
        groups = groups_of(owner_id=hub_id)
        holders = [
            (str(held.id), f"{held.name}, {held.job_category}")
            for held in positions_at(organisation_id=hub_id, day=day)
            if held.session_holder
        ]
        kinds = [(str(kind.id), f"{kind.name} ({kind.minutes} minutes)") for kind in slot_types(hub_id=hub_id)]
        named = [(str(group.id), group.name) for group in groups]
        self._offer("slot_type_id", [("", "Choose"), *kinds])
        self._offer("holder_id", [LATER, *holders])
        self._offer("further_holder_ids", holders)
        self._offer("site_id", [LATER, *((str(site.id), site.name) for site in sites_of(organisation_id=hub_id))])
        self._offer("group_ids", named)
        self._offer("release_group_id", [("", "Nobody else"), *named])
        members = {each.organisation.ods_code: each.organisation.name for group in groups for each in group.members}
        self._add_quotas(
            {
                **{(QuotaProfile.GROUP, key): name for key, name in named},
                **{(QuotaProfile.ORGANISATION, code): f"{name} ({code})" for code, name in members.items()},
                **{(QuotaProfile.ORGANISATION_TYPE, kind): words for kind, words in TYPES.items()},
            }
        )

        _name_the_field(self.fields)

    def clean(self) -> dict[str, Any]:
        """When something could not be read, what the rules say of the rest comes with it: everything at once. Otherwise the
        operation says it."""
        unread = set(self.errors)
        for problem in self._problems() if unread else ():
            if problem.field in self.fields and problem.field not in unread:
                self.add_error(problem.field, f"{problem.message}. {problem.remedy}")
        return self.cleaned_data

    def _problems(self) -> list[Problem]:
        return problems_of_session(self.details())

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _add_quotas(self, subjects: dict[tuple[QuotaProfile, str], str]) -> None:
        """One input for each that may be limited, named as the operation names what is wrong with it."""
        standing = {(quota.profile, quota.subject): quota.at_most for quota in self.initial.get("quotas", ())}
        gone = [(QuotaProfile(profile), subject) for profile, subject in standing]
        for profile, subject in dict.fromkeys([*subjects, *gone]):
            words = subjects.get((profile, subject), subject)
            name = f"quotas.{profile}.{subject}"
            self.fields[name] = forms.IntegerField(label=words, required=False)
            self.initial[name] = standing.get((profile, subject))

    @property
    def quota_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("quotas.")]

    @property
    def has_quotas(self) -> bool:
        """Whether to show the limits: one is set, or something is wrong with one."""
        return any(self[name].value() not in (None, "") for name in self.quota_names)

    def details(self) -> SessionDetails:
        unread: dict[str, Any] = {name: _NOTHING.get(type(field), "") for name, field in self.fields.items()}
        given = {**unread, **self.cleaned_data}
        quotas = []
        for name in self.quota_names:
            _, profile, subject = name.split(".", 2)
            if given[name] is not None:
                quotas.append(Quota(profile, subject, given[name]))
        return SessionDetails(
            name=given["name"],
            slot_type_id=_number(given.get("slot_type_id")) or 0,
            holder_id=_number(given.get("holder_id")),
            further_holder_ids=frozenset(map(int, given.get("further_holder_ids", ()))),
            site_id=_number(given["site_id"]),
            delivery_channel=given["delivery_channel"],
            practitioner_role=given.get("practitioner_role", ""),
            group_ids=frozenset(map(int, given["group_ids"])),
            gp_connect_bookable=given["gp_connect_bookable"],
            open_to_all=given["open_to_all"],
            organisation_types=frozenset(given["organisation_types"]),
            organisation_ods_codes=frozenset(given["organisation_ods_codes"].upper().replace(",", " ").split()),
            window_days=given["window_days"],
            closes_minutes=given["closes_minutes"],
            release_group_id=_number(given["release_group_id"]),
            release_at=given["release_at"],
            quotas=tuple(sorted(quotas)),
            counts_to_enhanced_access=given["counts_to_enhanced_access"],
            variation=given["variation"],
        )


class DraftForm(SessionForm):
    """A draft that is completed: its times and slot type stay."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self.fields["slot_type_id"].widget = forms.HiddenInput()


class TimedForm(SessionForm):
    starts_at = forms.TimeField(
        label="Start time",
        help_text="For example, 18:30.",
        error_messages=dict.fromkeys(("required", "invalid"), "Start time: enter a time such as 18:30."),
    )
    ends_at = forms.TimeField(
        label="End time",
        help_text="For example, 20:00.",
        error_messages=dict.fromkeys(("required", "invalid"), "End time: enter a time such as 20:00."),
    )

    def _problems(self) -> list[Problem]:
        given = self.cleaned_data
        times = (
            problems_of_times(given["starts_at"], given["ends_at"]) if {"starts_at", "ends_at"} <= set(given) else ()
        )
        return [*super()._problems(), *times]


class SessionOnDayForm(TimedForm):
    day = DateField(label="Day", help_text="For example, 27 3 2026.", error_messages={"required": "Enter a day."})


class TemplateForm(TimedForm):
    weekday = forms.ChoiceField(label="Day of the week", choices=[(str(n), day) for n, day in enumerate(WEEKDAYS, 1)])
    every_weeks = forms.IntegerField(
        label="Every how many weeks",
        initial=1,
        help_text="1 for every week, 2 for every other. Counted from the week of the first day.",
        error_messages={"required": "Enter a number, such as 1."},
    )
    on_bank_holidays = forms.BooleanField(label="Takes place on bank holidays too", required=False)
    starts_on = DateField(label="First day", error_messages={"required": "Enter the first day."})
    ends_on = DateField(label="First day on which it no longer takes place", required=False)

    def _problems(self) -> list[Problem]:
        needed = {"weekday", "starts_at", "ends_at", "starts_on", "ends_on", "every_weeks", "on_bank_holidays"}
        return problems_of_template(self.template()) if needed <= set(self.cleaned_data) else super()._problems()

    def template(self) -> TemplateDetails:
        given = self.cleaned_data
        return TemplateDetails(
            session=self.details(),
            weekday=int(given["weekday"]),
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            every_weeks=given["every_weeks"],
            on_bank_holidays=given["on_bank_holidays"],
        )


class ChangedTemplateForm(TemplateForm):
    """A weekly session that runs already: changed as a whole, or from a day on."""

    from_day = DateField(
        label="The change holds from",
        required=False,
        help_text="Until then it stays as it was. Empty: it is corrected as a whole.",
    )


class MakeForm(forms.Form):
    until = DateField(label="Until", help_text="For example, 27 3 2026.", error_messages={"required": "Enter a day."})


class RangeForm(forms.Form):
    from_on = DateField(
        label="From", help_text="For example, 23 3 2026.", error_messages={"required": "Enter a first day."}
    )
    to_on = DateField(label="To", help_text="This day included.", error_messages={"required": "Enter a last day."})


class EndForm(forms.Form):
    ends_on = DateField(
        label="First day on which it no longer takes place",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter a day."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


def of_session(view: SessionView, slot_type_id: int) -> dict[str, Any]:
    """A session as the form shows it."""
    return {**_shared(view), "slot_type_id": str(slot_type_id)}


def of_template(view: TemplateView) -> dict[str, Any]:
    return {
        **_shared(view),
        "slot_type_id": str(view.slot_type_id),
        "weekday": str(view.weekday),
        "starts_at": f"{view.starts_at:%H:%M}",
        "ends_at": f"{view.ends_at:%H:%M}",
        "starts_on": view.starts_on,
        "ends_on": view.ends_on,
        "every_weeks": view.every_weeks,
        "on_bank_holidays": view.on_bank_holidays,
    }


def _shared(view: SessionView | TemplateView) -> dict[str, Any]:
    return {
        "name": view.name,
        "holder_id": str(view.holder_id or ""),
        "further_holder_ids": [str(holder) for holder in view.further_holder_ids],
        "site_id": str(view.site_id or ""),
        "delivery_channel": view.delivery_channel,
        "practitioner_role": view.practitioner_role,
        "group_ids": [str(group) for group in view.group_ids],
        "gp_connect_bookable": view.gp_connect_bookable,
        "open_to_all": view.open_to_all,
        "organisation_types": sorted(view.organisation_types),
        "organisation_ods_codes": " ".join(sorted(view.organisation_ods_codes)),
        "window_days": view.window_days,
        "closes_minutes": view.closes_minutes,
        "release_group_id": str(view.release_group_id or ""),
        "release_at": f"{view.release_at:%H:%M}" if view.release_at else "",
        "quotas": view.quotas,
        "counts_to_enhanced_access": view.counts_to_enhanced_access,
        "variation": view.variation,
    }


# What an input that could not be read counts as, while the rules look at the others.
_NOTHING: dict[type[forms.Field], Any] = {
    forms.MultipleChoiceField: [],
    forms.BooleanField: False,
    forms.IntegerField: None,
    forms.TimeField: None,
}


def _name_the_field(fields: Mapping[str, forms.Field]) -> None:
    """Django's own words don't say which input they are about: in the summary on top, somebody must know."""
    for field in fields.values():
        label = field.label
        match field:
            case forms.IntegerField():
                field.error_messages["invalid"] = f"{label}: enter a whole number, such as 14."
            case forms.TimeField() if (
                field.error_messages["invalid"] == forms.TimeField.default_error_messages["invalid"]
            ):
                field.error_messages["invalid"] = f"{label}: enter a time such as 16:00."
            case forms.ChoiceField():
                field.error_messages["invalid_choice"] = f"{label}: choose from the list."
            case forms.CharField() if field.max_length is not None:
                field.error_messages["max_length"] = f"{label}: at most {field.max_length} characters."
            case _:
                pass


def _number(text: str | None) -> int | None:
    return int(text) if text else None
