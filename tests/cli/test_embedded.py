"""The embedded server serves several processes, outlives each but the last, and is never reached by another account."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pcnhub.foundations.database.embedded import EmbeddedPostgres, EmbeddedRefused, erase, running_pid

HOLD = """
import sys
from pathlib import Path
from pcnhub.foundations.database.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()
print("holding", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pcnhub-embedded-"))
    yield folder
    erase(folder)


def test_the_last_to_leave_stops_the_server(data: Path) -> None:
    first, second = EmbeddedPostgres(data, durable=False), EmbeddedPostgres(data, durable=False)
    first.start()
    second.start()
    pid = running_pid(first.folder)
    first.leave()
    assert running_pid(second.folder) == pid
    with psycopg.connect(second.url("postgres", "postgres")) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
    second.leave()
    assert running_pid(second.folder) is None


def test_a_killed_process_neither_stops_the_server_nor_keeps_it(data: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"holding\n"
    with EmbeddedPostgres(data, durable=False) as server:
        holder.kill()
        holder.wait()
        assert running_pid(server.folder) is not None
        with pytest.raises(EmbeddedRefused, match="stop the hub first"):
            erase(data)
    assert running_pid(data / "postgres") is None


def test_a_socket_folder_that_others_may_enter_is_refused(data: Path) -> None:
    server = EmbeddedPostgres(data, durable=False)
    server.socket_folder.mkdir()
    server.socket_folder.chmod(0o777)
    try:
        with pytest.raises(EmbeddedRefused, match="open to others"):
            server.start()
    finally:
        server.socket_folder.rmdir()
