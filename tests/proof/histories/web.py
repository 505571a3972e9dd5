"""The hub's web server, with somebody who listens to the news of bookings: `python -m tests.proof.histories.web`."""

from __future__ import annotations

import os

WORKERS = 2


def main() -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "tests.proof.histories.wsgi:application",
        address="127.0.0.1",
        port=int(os.environ["PCNHUB_PORT"]),
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=2,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
