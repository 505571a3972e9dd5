"""What is done and old goes, so that the outbox stays small. What failed or was dropped stays: it is evidence."""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.foundations.jobs.models import Heartbeat, Job, JobState

KEPT = timedelta(days=60)  # longer than any key is published again
FORGOTTEN = timedelta(days=1)


def tidy(now: datetime) -> None:
    """Delete jobs done longer than KEPT ago, and the heartbeats of workers that have not been heard of for FORGOTTEN."""
    Job.objects.filter(state=JobState.DONE, finished_at__lt=now - KEPT).delete()
    Heartbeat.objects.filter(beat_at__lt=now - FORGOTTEN).delete()
