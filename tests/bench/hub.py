"""A hub for measuring: its own embedded PostgreSQL in a temporary folder, as safe with its data as a real one."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the measured hub is. `superuser_url` is for references: no row security, no triggers avoided."""

    data: Path
    url: str
    superuser_url: str
    port: int
    now: datetime
    is_quick: bool

    def seconds(self, full: float) -> float:
        """How long to measure something that gets so many seconds in a full run."""
        return full / 8 if self.is_quick else full

    def bare(self) -> psycopg.Connection:
        """A connection that knows nothing of Django, row security or the gate; commits each statement."""
        return psycopg.connect(self.superuser_url, autocommit=True)


@contextmanager
def measured_hub(*, is_quick: bool) -> Iterator[Hub]:
    """Migrated, with the reference data, served as the serving role, gone afterwards."""
    from pcnhub.config.environment import TOOL_VARIABLES

    for name in [name for name in os.environ if name.startswith("PCNHUB_") and name not in TOOL_VARIABLES]:
        del os.environ[name]
    data, port = Path(tempfile.mkdtemp(prefix="pcnhub-bench-")), _free_port()
    data.chmod(0o711)  # PostgreSQL's own account must reach it when root measures
    os.environ |= {"PCNHUB_DATA": str(data), "PCNHUB_PORT": str(port)}

    from pcnhub.entrances.cli.hub import opened_hub
    from pcnhub.foundations.database.embedded import SUPERUSER, EmbeddedPostgres, erase
    from pcnhub.foundations.database.roles import APP

    server = EmbeddedPostgres(data)
    try:
        with opened_hub():
            from django.utils import timezone

            from pcnhub.entrances.cli.migrate import bring_up_to_date

            bring_up_to_date(verbosity=0)
            yield Hub(data, server.url(APP), server.url(SUPERUSER, "pcnhub"), port, timezone.now(), is_quick)
    finally:
        erase(data)
        shutil.rmtree(data, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
