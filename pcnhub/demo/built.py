"""Whether the demo's network is all there. A build that was interrupted has no marker, and is completed at the next start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pcnhub.care.organisations import queries
from pcnhub.demo import build, network
from pcnhub.demo.build import Say
from pcnhub.foundations.jobs.worker import Worker

_FILE = "demo-built"


def ensure(*, data: Path, now: datetime, say: Say) -> bool:
    """Build the network, or bring a built one's sessions up to today. Whether it was built.

    `data` is the folder of the hub, where the marker is written as the very last step.
    """
    marker = data / _FILE
    # the database may have been deleted by hand, without the marker
    if marker.exists() and queries.find_organisation(ods_code=network.HUB) is not None:
        build.extend(now=now)
        return False
    build.build(now=now, say=say)
    say("What follows from all that")
    Worker(
        name="demo",
        actor_for=lambda organisation_id, request_id: queries.system_actor_for(
            organisation_id=organisation_id, request_id=request_id
        ),
    ).drain(now=now)
    marker.write_text(f"{now.isoformat()}\n", encoding="ascii")
    return True


def forget(data: Path) -> None:
    """The database is gone: what was built is too."""
    (data / _FILE).unlink(missing_ok=True)
