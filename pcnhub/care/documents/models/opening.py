"""How documents of other organisations were found to open: the evidence of CHK-40 and CHK-41. Nobody's data."""

from __future__ import annotations

from django.db import models


class TestDocument(models.Model):
    """The document of no patient with which a hub tries whether it can open what this organisation shares."""

    organisation = models.OneToOneField("organisations.Organisation", models.PROTECT, related_name="+")
    content = models.ForeignKey("documents.Content", models.PROTECT, related_name="+")
    sha256 = models.TextField()
    made_at = models.DateTimeField()


class Opening(models.Model):
    """One opening, by `organisation`, of a document that `holder` holds; `problem` is empty when it opened as it was kept."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    holder = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
    is_test = models.BooleanField(default=False)
    expected_sha256 = models.TextField(blank=True)
    found_sha256 = models.TextField(blank=True)
    problem = models.TextField(blank=True, help_text="Code of the refusal")
    sentence = models.TextField(blank=True, help_text="The refusal in words, without a person")

    class Meta:
        indexes = [models.Index(fields=["organisation", "holder", "-at"], name="opening_by_holder")]
