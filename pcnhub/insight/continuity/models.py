"""How each hub's pack stands: when one was last tried, what was last written, and what is wrong."""

from __future__ import annotations

from django.db import models


class PackState(models.Model):
    """One row for each hub. `tried_at` is whose turn it was: of several workers one takes it. No patient stands here."""

    hub_id = models.BigIntegerField(unique=True)
    tried_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    file_name = models.TextField(blank=True)
    sha256 = models.TextField(blank=True)
    appointments = models.IntegerField(default=0, help_text="Of the pack that was last written: how many name somebody")
    problem = models.TextField(blank=True, help_text="Why the last try wrote none, or what it left undone")
    problem_since = models.DateTimeField(null=True)
    is_unsure = models.BooleanField(
        db_default=False,
        default=False,
        help_text="Whether the problem is a silence: the place did not answer, and may have the pack",
    )
