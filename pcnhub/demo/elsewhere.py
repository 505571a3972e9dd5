"""`pcnhub demo --mesh`: one practice of the demo keeps its record elsewhere, and gets its patients' reports by MESH.

A message exchange runs beside the hub (`exchange.py`), with mutual TLS. The hub has a mailbox in it, and so has the practice:
its reports are taken in, filed and acknowledged by this installation's worker, acting for the practice, as a system of its own
would.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pcnhub.demo import network
from pcnhub.demo.exchange import Certificates, free_port, running, write_mailboxes

PRACTICE = "A99802"
MAILBOXES = {network.HUB: "Y998HUB1", PRACTICE: "A998BIR1"}
POLL_SECONDS = 5  # so that one sees it happen; a real exchange asks for a minute


@contextmanager
def exchanging(data: Path, variables: MutableMapping[str, str] = os.environ) -> Iterator[str]:
    """The exchange runs, and `variables` have the settings by which a hub reaches it; its address."""
    folder = data / "exchange"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    password, shared_key = _secret(folder, "password"), _secret(folder, "shared-key")
    write_mailboxes(folder, {mailbox: ods for ods, mailbox in MAILBOXES.items()}, password=password)
    files = _certificates(folder)
    shown = Certificates(files["server"], files["server-key"], files["authority"])
    with running(folder, free_port(), shared_key=shared_key, certificates=shown, keeps=True) as address:
        variables.update(
            {
                "PCNHUB_MESH_URL": address,
                "PCNHUB_MESH_MAILBOX": ",".join(f"{ods}={mailbox}" for ods, mailbox in MAILBOXES.items()),
                "PCNHUB_MESH_PASSWORD": " ".join(f"{mailbox}={password}" for mailbox in MAILBOXES.values()),
                "PCNHUB_MESH_SHARED_KEY": shared_key,
                "PCNHUB_MESH_CERTIFICATE": str(files["user"]),
                "PCNHUB_MESH_KEY": str(files["user-key"]),
                "PCNHUB_MESH_AUTHORITY": str(files["authority"]),
                "PCNHUB_MESH_ROUTING": "lookup",
                "PCNHUB_MESH_POLL_SECONDS": str(POLL_SECONDS),
            }
        )
        yield address


def keep_elsewhere(*, now: datetime) -> str:
    """The practice says that its record is in another system, and the hub sends its reports at once; the practice's name."""
    # late: the exchange must stand before anything reads the settings
    from pcnhub.care.organisations import operations as organisations
    from pcnhub.care.organisations import queries as directory
    from pcnhub.care.organisations.operations import OrganisationFacts
    from pcnhub.care.organisations.rules import ClinicalSystem
    from pcnhub.care.writeback.operations import set_window
    from pcnhub.demo.build import person

    view = directory.organisation(ods_code=PRACTICE)
    if view.system == ClinicalSystem.PCN_HUB:
        kept = {each.name: getattr(view, each.name) for each in dataclasses.fields(OrganisationFacts)}
        facts = OrganisationFacts(**{**kept, "system": ClinicalSystem.EMIS})
        organisations.save_organisation(actor=person(network.manager_of(PRACTICE), now), now=now, facts=facts)
    set_window(actor=person("carys", now), now=now, minutes=0)
    return view.name


def _secret(folder: Path, name: str) -> str:
    """Made at the first start, and kept: what the exchange has kept must open at the next."""
    file = folder / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16), encoding="ascii")
    return file.read_text(encoding="ascii")


def _certificates(folder: Path) -> dict[str, Path]:
    """Of an authority for this run alone."""
    import trustme

    authority = trustme.CA()
    names = ("authority", "server", "server-key", "user", "user-key")
    files = {name: folder / f"{name}.pem" for name in names}
    for file in files.values():
        file.touch(mode=0o600)
    authority.cert_pem.write_to_path(str(files["authority"]))
    for name, leaf in (("server", authority.issue_cert("127.0.0.1")), ("user", authority.issue_cert("hub.example"))):
        leaf.private_key_pem.write_to_path(str(files[f"{name}-key"]))
        files[name].write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
    return files
