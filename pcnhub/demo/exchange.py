"""A message exchange on this machine, for the demo and the tests: NHS England's own sandbox, with mailboxes of one's own and
the automatic routing that it lacks (GPPROVIDER_...), errors of routing included.

`python -m pcnhub.demo.exchange FOLDER PORT` serves FOLDER/mailboxes.jsonl and workflows.jsonl; FOLDER/routes.json says where
people are registered: {NHS number: {"born": yyyymmdd, "surname": ..., "mailbox": ...}}. Absent in production: the sandbox is
installed with the checks only.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOWHERE = "NOWHERE"  # takes what has no route, until the error report is written
_DESCRIPTIONS = {
    "EPL-151": "No mailbox matched",
    "EPL-152": "Invalid NHS Number",
    "EPL-153": "NHS Number not found",
    "EPL-154": "NHS Number supplied does not match the demographics",
}
REPORT, REPORT_ANSWER = "GPFED_CONSULT_REPORT", "GPFED_CONSULT_REPORT_ACK"


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the exchange's own certificate with its key, and the authority of those whom it lets in."""

    certificate: Path
    key: Path
    authority: Path


def write_mailboxes(folder: Path, owners: dict[str, str], *, password: str) -> None:
    """The exchange's mailboxes: {mailbox: ODS code}. All may send and receive consultation reports and their answers."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {"mailbox_id": each, "mailbox_name": each, "billing_entity": "England", "ods_code": ods, "org_code": ods,
         "password": password}
        for each, ods in {**owners, NOWHERE: "X26"}.items()
    ]  # fmt: skip
    workflows = [
        {"workflow_id": each, "senders": list(owners), "receivers": list(owners)} for each in (REPORT, REPORT_ANSWER)
    ]
    (folder / "mailboxes.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (folder / "workflows.jsonl").write_text("\n".join(map(json.dumps, workflows)), encoding="utf-8")
    if not (folder / "routes.json").exists():
        write_routes(folder, {})


def write_routes(folder: Path, routes: dict[str, dict[str, str]]) -> None:
    (folder / "routes.json").write_text(json.dumps(routes), encoding="utf-8")


@contextmanager
def running(
    folder: Path, port: int, *, shared_key: str, certificates: Certificates | None = None, keeps: bool = False
) -> Iterator[str]:
    """The exchange in a process of its own, stopped by its pid at the end; its address. `keeps`: over a restart."""
    environment = os.environ | {
        "AUTH_MODE": "full", "SHARED_KEY": shared_key, "STORE_MODE": "file" if keeps else "memory",
        "MAILBOXES_DATA_DIR": str(folder / "messages"),
    }  # fmt: skip
    arguments = [sys.executable, "-m", "pcnhub.demo.exchange", str(folder), str(port)]
    if certificates is not None:
        arguments += [str(certificates.certificate), str(certificates.key), str(certificates.authority)]
    with (folder / "exchange.log").open("ab") as log:
        process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "exchange.log")
        yield f"{'https' if certificates else 'http'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(1500):
        if process.poll() is not None:
            raise RuntimeError(f"The exchange ended at once; {log} says why.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"The exchange did not start within 30 seconds; {log} says why.")


def routed(routes: dict[str, dict[str, str]], address: str) -> tuple[str, str]:
    """The mailbox of GPPROVIDER_<NHS number>_<yyyymmdd>_<surname>, or NOWHERE and the error's code."""
    number, _, rest = address.removeprefix("GPPROVIDER_").partition("_")
    born, _, surname = rest.partition("_")
    if not (number.isdigit() and len(number) == len("9434765919")):
        return NOWHERE, "EPL-152"
    known = routes.get(number)
    if known is None:
        return NOWHERE, "EPL-153"
    if (known["born"], known["surname"].casefold()) != (born, surname.casefold()):
        return NOWHERE, "EPL-154"
    return (known["mailbox"], "") if known["mailbox"] else (NOWHERE, "EPL-151")


def serve(folder: Path, port: int, certificates: Certificates | None) -> None:
    """Serve until stopped."""
    import uvicorn
    from mesh_sandbox import dependencies
    from mesh_sandbox.handlers.admin import AdminHandler
    from mesh_sandbox.store.file_store import FileStore
    from mesh_sandbox.store.memory_store import MemoryStore
    from mesh_sandbox.views.admin import CreateReportRequest

    unrouted: list[str] = []  # the codes of what is being taken for NOWHERE: the sandbox works on one message at a time

    class Routing:
        """Looks for a mailbox where an address names a person."""

        readonly = False
        _canned_data_dir = property(lambda _: str(folder), lambda *_: None)

        async def get_mailbox(self, mailbox_id: str, accessed: bool = False) -> Any:
            if mailbox_id.upper().startswith("GPPROVIDER_"):
                routes = json.loads((folder / "routes.json").read_text(encoding="utf-8"))
                mailbox_id, code = routed(routes, mailbox_id)
                if code:
                    unrouted.append(code)
            return await super().get_mailbox(mailbox_id, accessed)  # type: ignore[misc]

    class RoutedMemory(Routing, MemoryStore):  # type: ignore[misc]
        pass

    class RoutedFiles(Routing, FileStore):  # type: ignore[misc]
        pass

    class ReportPlugin:
        """Errors of routing come later, as an error report in the sender's mailbox (GP Connect Messaging, errors)."""

        triggers = ("after_send_message",)

        async def on_event(self, event: str, event_args: dict[str, Any], exception: Exception | None = None) -> None:
            from fastapi import BackgroundTasks

            message = event_args["message"]
            if message.recipient.mailbox_id != NOWHERE or exception is not None or not unrouted:
                return
            code = unrouted.pop(0)
            await AdminHandler(dependencies.get_messaging()).create_report(
                CreateReportRequest(
                    mailbox_id=message.sender.mailbox_id, code=code, description=_DESCRIPTIONS[code],
                    workflow_id=message.workflow_id or "", local_id=message.metadata.local_id, status="error",
                    linked_message_id=message.message_id,
                ),
                BackgroundTasks(),
            )  # fmt: skip

    dependencies.MemoryStore, dependencies.FileStore = RoutedMemory, RoutedFiles
    from mesh_sandbox.api import app

    dependencies.get_messaging().register_plugin(ReportPlugin)

    tls: dict[str, Any] = {}
    if certificates is not None:
        tls = {
            "ssl_certfile": str(certificates.certificate), "ssl_keyfile": str(certificates.key),
            "ssl_ca_certs": str(certificates.authority), "ssl_cert_reqs": 2,
        }  # fmt: skip
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", **tls)


if __name__ == "__main__":
    given = [Path(each) for each in sys.argv[3:6]]
    serve(Path(sys.argv[1]), int(sys.argv[2]), Certificates(*given) if given else None)
