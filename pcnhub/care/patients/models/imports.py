"""Files of patients: received, checked, reviewed, taken in, undone. What quotes a person is guarded like a patient."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.patients.rules import ChangeKind, ImportState, PieceKind
from pcnhub.foundations.database.constraints import one_of


class SavedMapping(models.Model):
    """How one practice's export reads: its headers and values, as `rules.columns.mapping_from` takes them."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    headers_sha256 = models.TextField(
        help_text="Of the header line that it was made for; a file with the same offers it"
    )
    content = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="mapping_once_a_name")]


class ImportBatch(models.Model):
    """One file of one practice: `organisation` is the practice, `received_from` whoever brought it (the practice, or its hub)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    received_from = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    state = models.TextField(default=ImportState.RECEIVED)
    file_name = models.TextField(blank=True)
    file_sha256 = models.TextField()
    file_bytes = models.BigIntegerField(default=0)
    mapping = models.JSONField(default=dict, help_text="As it was used: `rules.columns.mapping_from`")
    is_delta = models.BooleanField(default=False, help_text="Names some of the list: who is absent has not left")
    ends_absent = models.BooleanField(
        default=False, help_text="A person chose that the registration of whom the list does not name ends"
    )
    received_at = models.DateTimeField()
    received_by = models.TextField()
    file_kept_until = models.DateTimeField(null=True, help_text="Then the file itself is removed; null: it is gone")
    rows = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0, help_text="Of the step that runs, for people who wait")
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    closed = models.IntegerField(
        default=0, help_text="Registrations that the file called left or deceased; rejected rows too"
    )
    unprotected = models.IntegerField(default=0, help_text="Of the changed: held as protected, and the file says no")
    absent = models.IntegerField(default=0, help_text="Active patients whom the file does not name")
    moved = models.IntegerField(default=0, help_text="Of the created: held as another practice's patient before")
    duplicates = models.IntegerField(default=0, help_text="Rows without a number that may be somebody held already")
    unused_columns = ArrayField(models.TextField(), default=list)
    changes_sha256 = models.TextField(
        blank=True, help_text="Of the changeset that was shown: what is taken in is the same"
    )
    active_after = models.IntegerField(
        default=0, help_text="Active regular patients of the practice once the file was in"
    )
    checked_at = models.DateTimeField(null=True)
    imported_at = models.DateTimeField(null=True)
    imported_by = models.TextField(blank=True)
    imported_as = models.JSONField(
        default=dict, help_text="Whoever asked for it: organisation, role, basis, purpose, as in the audit"
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True)
    undone_as = models.JSONField(default=dict, help_text="The same of whoever asked for the undoing")
    undo_reason = models.TextField(blank=True)
    kept_back = models.IntegerField(default=0, help_text="People whom the undo left as they were, each with the reason")
    unfiled = models.IntegerField(
        default=0,
        db_default=0,
        help_text="People who came with it and are not in the indexes by which people are found",
    )
    kinds = models.JSONField(default=dict, help_text="How many people the changeset concerns in each way")
    held_as = models.TextField(blank=True, help_text="Fingerprint of the patients held when the changeset was made")
    failure = models.TextField(
        blank=True, help_text="Why it can't go on, and what to do, in a sentence without a value"
    )

    class Meta:
        constraints = [one_of("state", ImportState, name="import_state_known")]
        indexes = [
            models.Index(fields=["organisation", "-received_at"], name="import_newest"),
            models.Index(fields=["organisation"], condition=models.Q(unfiled__gt=0), name="import_to_file"),
        ]

    @property
    def is_own(self) -> bool:
        """Whether the practice itself brought the file."""
        return self.received_from_id == self.organisation_id


class ImportFile(models.Model):
    """A sealed piece of the uploaded file, or of what was made of it (`content`); gone after the retention time."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="pieces", db_index=False)
    kind = models.TextField(default=PieceKind.FILE)
    number = models.IntegerField()
    rows = models.IntegerField(default=0)
    content = models.BinaryField()

    class Meta:
        constraints = [
            one_of("kind", PieceKind, name="import_piece_kind_known"),
            models.UniqueConstraint(fields=["batch", "kind", "number"], name="import_piece_once"),
        ]


class ImportRejection(models.Model):
    """One reason why one row of a batch was not taken."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejections")
    line = models.IntegerField()
    column = models.TextField()
    value = models.TextField()
    code = models.TextField()
    message = models.TextField()
    remedy = models.TextField()
    nhs_number = models.TextField(blank=True, default="", help_text="Of the row, where it is one: whom a reader sees")
    is_sensitive = models.BooleanField(
        default=False, help_text="The row says that its person is protected: its values are for who may see them"
    )


class ImportChange(models.Model):
    """What a batch does, or did, to one person who was held. `before` and `after` hold the differing columns: undoing needs
    the one, showing both. Who is new stands in the sealed pieces, then among the patients (`made_in`); here only when an undo
    left them."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="changes", db_index=False)
    line = models.IntegerField(null=True)
    kind = models.TextField()
    nhs_number = models.TextField()
    patient = models.ForeignKey("patients.Patient", models.PROTECT, null=True, related_name="+")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    left_because = models.TextField(blank=True, help_text="Why an undo left the person as they are")

    class Meta:
        constraints = [one_of("kind", ChangeKind, name="import_change_kind_known")]
        indexes = [
            models.Index(fields=["batch", "kind", "id"], name="import_change_listed"),
            models.Index(fields=["nhs_number"], name="import_change_of_person"),
        ]


class PossibleDuplicate(models.Model):
    """A row without a number that may be somebody whom the practice holds. Nothing is merged without a person."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="possible_duplicates")
    line = models.IntegerField()
    row = models.JSONField(help_text="The row's fields as the file has them")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    score = models.IntegerField(help_text="0 to 100")
    agreeing = ArrayField(models.TextField(), default=list, help_text="Fields that agree")
    is_same = models.BooleanField(null=True, help_text="What a person said; null: nobody has looked")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)


class ClaimDecision(models.Model):
    """Two practices both hold a person as theirs: where the hub was told, or found, that the person is registered."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    nhs_number = models.TextField()
    practice = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    source = models.TextField(help_text="pds, or person")
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "nhs_number"], name="claim_decided_once")]
