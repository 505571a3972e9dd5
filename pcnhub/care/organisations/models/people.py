"""Accounts (a person who signs in) and positions (what that person is at one organisation)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.organisations.models.organisation import Organisation
from pcnhub.care.organisations.rules import Gender, PrescriberCodeKind, SignInSecret
from pcnhub.foundations.database.constraints import ends_after_start


class Account(AbstractBaseUser):
    """A person who signs in. What they may do comes from their positions alone."""

    username = models.TextField(unique=True)
    title = models.TextField(blank=True)
    given_name = models.TextField()
    family_name = models.TextField()
    gender = models.TextField(blank=True, help_text="As patients who choose a clinician are told; empty: not said")
    email = models.TextField(blank=True)
    sds_user_id = models.TextField(
        null=True, unique=True, help_text="The person's national user id (UUID), twelve digits"
    )
    smartcard_uid = models.TextField(null=True, unique=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    looked_after_by = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        related_name="accounts_looked_after",
        help_text="Whose people managers may reset what the person signs in with; none: the command line alone",
    )
    created_at = models.DateTimeField()
    version = models.IntegerField(
        default=1, help_text="Of what other systems are told of the person, counted by the database with each change"
    )

    objects = BaseUserManager()
    hides_rehearsals: ClassVar[bool] = True

    class Meta:
        constraints = [models.CheckConstraint(name="account_gender", condition=models.Q(gender__in=["", *Gender]))]

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


class SignInReset(models.Model):
    """Somebody replaced what a person signs in with: the person is told at each sign-in for a while."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="sign_in_resets")
    what = models.TextField(help_text="password or code")
    at = models.DateTimeField()
    by = models.TextField(help_text="The actor, as in the audit")
    by_name = models.TextField()
    organisation_name = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="sign_in_reset_what", condition=models.Q(what__in=list(SignInSecret)))
        ]


class Position(models.Model):
    """A person's place at one organisation: role and activities, job category, and what follows from them."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="positions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="positions")
    role_code = models.TextField(help_text="National RBAC role, R code")
    activities = ArrayField(models.TextField(), default=list, help_text="B codes beyond the role's baseline")
    sds_role_profile_id = models.TextField(blank=True)
    job_category = models.TextField(help_text="As sharing agreements name it, such as General Medical Practitioner")
    job_role_code = models.TextField(
        blank=True, help_text="SDS job role, such as R0260: the practitioner role of sessions"
    )
    consulter = models.BooleanField(default=False)
    session_holder = models.BooleanField(default=False)
    accepts_cross_organisation_tasks = models.BooleanField(default=False)
    prescriber_code = models.TextField(blank=True)
    prescriber_code_kind = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="First day on which the position no longer holds")
    contract_ends_on = models.DateField(null=True)
    awaits_acceptance = models.BooleanField(
        default=False,
        help_text="Offered by an organisation that does not look after the account: nothing until accepted",
    )
    clinical_access_by = models.TextField(blank=True, help_text="Who gave it access to records or consultations")
    clinical_access_at = models.DateTimeField(null=True)
    hides_rehearsals: ClassVar[bool] = True

    class Meta:
        constraints = [
            ends_after_start("starts_on", "ends_on", name="position_period"),
            models.CheckConstraint(
                name="position_prescriber_code_kind",
                condition=models.Q(prescriber_code="", prescriber_code_kind="")
                | (~models.Q(prescriber_code="") & models.Q(prescriber_code_kind__in=list(PrescriberCodeKind))),
            ),
            models.UniqueConstraint(fields=["account", "organisation", "role_code", "starts_on"], name="position_once"),
        ]
