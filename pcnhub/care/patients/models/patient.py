"""A patient as one organisation holds them. The same person at two organisations is two rows with one NHS number."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from pcnhub.care.patients.models.imports import ImportBatch
from pcnhub.care.patients.rules import RegistrationState, RegistrationType, Sex, TraceState
from pcnhub.foundations.database.constraints import one_of

FILED = models.Q(is_filed=True)


def _once_filed(column: str, function: str) -> models.Case:
    return models.Case(models.When(FILED, then=models.Func(column, function=function)))


class Protection(models.Model):
    """A practice's word that a person of its list is protected or objects to sharing, for hubs that hold the same person.

    A hub sees it of people whom it holds already, and of nobody else (the database's policy says so).
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.OneToOneField("patients.Patient", models.PROTECT, related_name="+")
    nhs_number = models.TextField()
    birth_date = models.DateField(help_text="Another one under the same number is not trusted to be the same person")
    registered_on = models.DateField()
    is_sensitive = models.BooleanField()
    dissents_from_sharing = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["nhs_number"], name="protection_by_nhs_number")]


class Patient(models.Model):
    """`organisation` holds and controls the row. At a hub the registration is always temporary (the database refuses else)."""

    # By a link of their own: this row, those of the same person at hubs, and none else.
    patients_reach: ClassVar[str] = (
        "id = (select pcnhub_own_patient()) or registered_patient_id = (select pcnhub_own_patient())"
        " or nhs_number = (select pcnhub_own_number())"
    )

    # patients_patient_of_organisation begins with it: so are everybody of an organisation come to, and whom an import brought.
    # That it is there, the database looks once a statement (patients_written): of a practice's list it is one and the same.
    organisation = models.ForeignKey(
        "organisations.Organisation", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    nhs_number = models.TextField(null=True, help_text="Null: not known yet, at a hub only; the person is to be traced")
    title = models.TextField(blank=True)
    given_name = models.TextField()
    family_name = models.TextField()
    previous_family_name = models.TextField(blank=True)
    birth_date = models.DateField()
    sex = models.TextField(default=Sex.UNKNOWN)
    address_lines = ArrayField(models.TextField(), default=list)
    postcode = models.TextField(blank=True)
    home_phone = models.TextField(blank=True)
    mobile_phone = models.TextField(blank=True)
    work_phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    usual_gp = models.TextField(blank=True)
    preferred_language = models.TextField(blank=True)
    language_code = models.TextField(blank=True, help_text="ISO 639 code of the preferred language, where it is known")
    interpreter_required = models.BooleanField(null=True)
    sms_consent = models.BooleanField(
        null=True, help_text="What the practice says of text messages; null: it says nothing"
    )
    # Where the person stays for the time of a temporary registration; not to be used after `temporary_contact_ends_on`.
    temporary_address_lines = ArrayField(models.TextField(), default=list)
    temporary_postcode = models.TextField(blank=True)
    temporary_phone = models.TextField(blank=True)
    temporary_contact_ends_on = models.DateField(null=True)
    registration_type = models.TextField()
    registration_state = models.TextField(default=RegistrationState.ACTIVE)
    registered_on = models.DateField()
    left_on = models.DateField(null=True)
    died_on = models.DateField(null=True)
    is_sensitive = models.BooleanField(default=False, help_text="S-flag: not found by anyone without the permission")
    pds_restricts = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The S-flag is the national service's word: no practice's takes it away",
    )
    dissents_from_sharing = models.BooleanField(default=False)
    # Of a temporary registration: where the person is regularly registered, and that practice's own row.
    registered_practice = models.ForeignKey(  # likewise
        "organisations.Organisation", models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    traced_practice_ods = models.TextField(
        null=True, help_text="The practice that a trace named, where it is unknown here; empty: it named none"
    )
    registered_patient = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    # Of imports, the database checks a statement's rows together (patients_written): a million rows, one look.
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    made_in = models.ForeignKey(
        ImportBatch,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="The import that brought the person",
    )
    ends_on = models.DateField(null=True, help_text="Of a temporary registration: its last day")
    # patients_patient_merged_in_organisation holds it to a row of the same organisation, and so to one that is there.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="The row of the same person that is used instead",
    )
    # Who the person is, as far as anybody has looked (`national-services` 2.7).
    trace_state = models.TextField(default=TraceState.LOCAL)
    traced_at = models.DateTimeField(null=True)
    traced_by = models.TextField(blank=True)
    trace_basis = models.TextField(blank=True, help_text="How the person was recognised: by number, search, or choice")
    trace_holds_until = models.DateTimeField(
        null=True, help_text="Then the person is asked after again before anything leaves; null: nobody has to"
    )
    stated_nhs_number = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="What an unregistered person said; nobody's number until they are traced",
    )
    put_down_by = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Who wrote an unregistered person down, as an actor's user: they go on seeing their own words",
    )
    pds_version = models.TextField(blank=True, help_text="meta.versionId of the record that the trace read")
    contact_sources = models.JSONField(default=dict, help_text="Column -> {source, at}: whose word a contact detail is")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=1, help_text="Counted by the database with each change")

    is_filed = models.BooleanField(
        default=True,
        db_default=True,
        help_text="In the indexes by which people are found; who came with a long list is filed once it is in"
        " (`operations.imports.filing`)",
    )

    # What people are found by, kept by the database. Columns, not indexed expressions: row security lets no function that
    # might give values away (`lower` may) look into an index before it has judged the row; plain equality it does. Null until
    # the person is filed.
    given_word = models.GeneratedField(
        expression=_once_filed("given_name", "patients_first_word"),
        output_field=models.TextField(null=True),
        db_persist=True,
        help_text="The first given name, folded",
    )
    mobile_digits = models.GeneratedField(
        expression=_once_filed("mobile_phone", "patients_phone_digits"),
        output_field=models.TextField(null=True),
        db_persist=True,
        help_text="The last ten digits, however it was written",
    )
    home_digits = models.GeneratedField(
        expression=_once_filed("home_phone", "patients_phone_digits"),
        output_field=models.TextField(null=True),
        db_persist=True,
    )

    @property
    def number(self) -> str:
        """The NHS number; empty where it is not known."""
        return self.nhs_number or ""

    class Meta:
        constraints = [
            one_of("registration_type", RegistrationType, name="patient_registration_type_known"),
            one_of("registration_state", RegistrationState, name="patient_registration_state_known"),
            one_of("sex", Sex, name="patient_sex_known"),
            one_of("trace_state", TraceState, name="patient_trace_state_known"),
            models.CheckConstraint(
                name="patient_without_number_is_temporary",
                condition=models.Q(nhs_number__isnull=False) | models.Q(registration_type="temporary"),
            ),
            # Ten characters, none of them no digit: a third of what the same takes as one pattern, and a list asks it of each.
            models.CheckConstraint(
                name="patient_nhs_number_form",
                condition=models.Q(Exact(Length("nhs_number"), 10), ~models.Q(nhs_number__regex=r"[^0-9]")),
            ),
            models.CheckConstraint(
                name="patient_restricted_is_protected",
                condition=models.Q(is_sensitive=True) | models.Q(pds_restricts=False),
            ),
            # The number first: one index refuses the second row and finds the person in every organisation.
            models.UniqueConstraint(fields=["nhs_number", "organisation"], name="patient_once_an_organisation"),
            models.CheckConstraint(
                name="patient_temporary_names_practice",
                condition=models.Q(registration_type="regular")
                | models.Q(registered_practice__isnull=False)
                | models.Q(traced_practice_ods__isnull=False)
                | models.Q(trace_state="untraced"),
            ),
        ]
        indexes = [
            # Few rows have these; a list of a practice pays nothing for them.
            *(
                models.Index(fields=[name], condition=models.Q((f"{name}__isnull", False)), name=f"patient_by_{word}")
                for name, word in (
                    ("registered_practice", "practice"),
                    ("registered_patient", "home"),
                    ("merged_into", "merge"),
                )
            ),
            # Each list asks for them, for what hubs are told.
            models.Index(
                fields=["organisation"],
                condition=models.Q(is_sensitive=True) | models.Q(dissents_from_sharing=True),
                name="patient_hidden",
            ),
            # Whoever asks by these asks for people who are filed, and beside them for the others (`queries.filing`).
            models.Index(fields=["organisation", "family_name", "given_name"], condition=FILED, name="patient_by_name"),
            models.Index(fields=["organisation", "birth_date"], condition=FILED, name="patient_by_birth_date"),
            models.Index(
                fields=["organisation", "given_word", "family_name"], condition=FILED, name="patient_by_given_name"
            ),
            models.Index(
                fields=["organisation", "postcode"],
                condition=FILED & ~models.Q(postcode=""),
                name="patient_by_postcode",
            ),
            models.Index(
                fields=["organisation", "mobile_digits"],
                condition=models.Q(mobile_digits__isnull=False),
                name="patient_by_mobile",
            ),
            models.Index(
                fields=["organisation", "home_digits"],
                condition=models.Q(home_digits__isnull=False),
                name="patient_by_home_phone",
            ),
        ]
