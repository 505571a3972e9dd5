"""Snapshots of what another system exported, and how a hub's exports read. No patient stands in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.foundations.database.constraints import one_of
from pcnhub.insight.elsewhere.rules import ExportKind, SnapshotState


class Snapshot(models.Model):
    """One file of one kind, of one hub. Its rows are there while it is the newest; who brought it, when and which file, stays."""

    hub_id = models.BigIntegerField()
    kind = models.TextField()
    state = models.TextField(default=SnapshotState.DRAFT)
    taken_at = models.DateTimeField(help_text="When the other system exported it")
    received_at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
    file_name = models.TextField(blank=True)
    sha256 = models.TextField(help_text="Of the file as it came")
    encoding = models.TextField()
    delimiter = models.TextField()
    withheld = ArrayField(
        models.TextField(), default=list, help_text="Headers of columns that may name patients: never kept"
    )
    mapping = models.JSONField(default=dict, help_text="As it was used: `rules.mapping_from`")
    content = models.BinaryField(null=True, help_text="Of a draft: its lines, sealed")
    lines = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0, help_text="Lines with faults")
    fields = ArrayField(models.TextField(), default=list, help_text="What the file has a column for")
    rows = models.JSONField(null=True, help_text="What checks need of each line; gone once a newer snapshot is kept")
    kept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", ExportKind, name="snapshot_kind_known"),
            one_of("state", SnapshotState, name="snapshot_state_known"),
            models.UniqueConstraint(
                fields=["hub_id", "kind"], condition=models.Q(state=SnapshotState.KEPT), name="snapshot_newest_once"
            ),
        ]
        indexes = [models.Index(fields=["hub_id", "-received_at"], name="snapshot_listed")]


class ExportMatching(models.Model):
    """How a hub's exports of one kind read, as somebody last matched them."""

    hub_id = models.BigIntegerField()
    kind = models.TextField()
    content = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField()

    class Meta:
        constraints = [
            one_of("kind", ExportKind, name="export_matching_kind_known"),
            models.UniqueConstraint(fields=["hub_id", "kind"], name="export_matching_once"),
        ]
