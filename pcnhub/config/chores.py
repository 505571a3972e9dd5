"""What the worker starts by the clock: tidying, and looking for what no event tells."""

from datetime import timedelta

from pcnhub.foundations.jobs.loop import Chore
from pcnhub.foundations.jobs.tidying import tidy

CHORES: tuple[Chore, ...] = (Chore("jobs.tidy", timedelta(hours=1), tidy),)
