"""A real directory server (slapd) on loopback, with records of the Spine's shape."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
import trustme

from pcnhub.connections.sds.configuration import Configuration

SCHEMA = Path(__file__).with_name("spine.schema")
STANDARD = ("/etc/ldap/schema", "/etc/openldap/schema", "/usr/local/etc/openldap/schema")
SERVICE = "urn:nhs:names:services:gpconnect:"
SEARCH, METADATA, BOOK = (
    f"{SERVICE}fhir:rest:{each}" for each in ("search:slot-1", "read:metadata-1", "create:appointment-1")
)


@dataclass(frozen=True)
class Record:
    """An entry beneath ou=services,o=nhs."""

    id: str
    kind: str
    attributes: tuple[tuple[str, str], ...]

    def ldif(self) -> str:
        lines = [f"dn: uniqueIdentifier={self.id},ou=services,o=nhs", f"objectClass: {self.kind}"]
        return "\n".join(
            [*lines, f"uniqueIdentifier: {self.id}", *(f"{name}: {value}" for name, value in self.attributes)]
        )


_ASKED = (("nhsRequestorURP", "x"), ("nhsDateRequested", "20260101000000"))
_APPROVED = (("nhsApproverURP", "x"), ("nhsDateApproved", "20260102000000"))


def system(asid: str, ods_code: str, party_key: str, *interactions: str) -> Record:
    """An accredited system (AS record)."""
    served = tuple(("nhsAsSvcIA", each) for each in interactions or (METADATA, SEARCH, BOOK))
    own = (("nhsIDCode", ods_code), ("nhsMHSPartyKey", party_key), *served)
    return Record(asid, "nhsAs", (*own, *_ASKED, *_APPROVED))


def endpoint(id: str, ods_code: str, party_key: str, address: str, interaction: str) -> Record:  # noqa: A002
    """A message handling server (MHS record) of one interaction."""
    name = interaction.removeprefix(SERVICE)
    own = (
        ("nhsIDCode", ods_code), ("nhsMHSPartyKey", party_key), ("nhsMhsSvcIA", interaction),
        ("nhsMHsSN", SERVICE.rstrip(":")), ("nhsMHsIN", name), ("nhsMHSEndPoint", address),
    )  # fmt: skip
    needed = {
        "nhsMHSIsAuthenticated": "none", "nhsMhsCPAId": id, "nhsProductKey": "1", "nhsMhsFQDN": "far.example",
        "nhsEPInteractionType": "FHIR", "nhsContractPropertyTemplateKey": "1", "nhsDNSApprover": "x",
        "nhsDateDNSApproved": "20260103000000",
    }  # fmt: skip
    return Record(id, "nhsMhs", (*own, *needed.items(), *_ASKED, *_APPROVED))


@dataclass(frozen=True)
class Spine:
    """The running server: `plain` on loopback without encryption, `tls` from the first byte, with mutual certificates."""

    process: subprocess.Popen[bytes]
    plain: str
    tls: str
    authority: Path
    certificate: Path
    key: Path

    def configuration(self, *, tls: bool = False, **more: object) -> Configuration:
        if not tls:
            given: dict[str, object] = {"ldap_address": self.plain, "ldap_starttls": False, "seconds": 30}
        else:
            given = {
                "ldap_address": self.tls, "ldap_certificate": self.certificate, "ldap_key": self.key,
                "ldap_authority": self.authority, "seconds": 30,
            }  # fmt: skip
        return Configuration(**(given | more))  # type: ignore[arg-type]

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """The server takes connections, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def running(folder: Path, records: Iterable[Record]) -> Iterator[Spine]:
    """slapd with these records, until the context ends."""
    server = _server()
    authority = trustme.CA()
    files = {name: folder / f"{name}.pem" for name in ("authority", "server", "server-key", "user", "user-key")}
    authority.cert_pem.write_to_path(files["authority"])
    for name, host in (("server", "127.0.0.1"), ("user", "hub.example")):
        leaf = authority.issue_cert(host)
        leaf.cert_chain_pems[0].write_to_path(files[name])
        leaf.private_key_pem.write_to_path(files[f"{name}-key"])
    (folder / "data").mkdir()
    (folder / "slapd.conf").write_text(_settings(folder, files), "utf-8")
    tops = (
        "dn: o=nhs\nobjectClass: organization\no: nhs",
        "dn: ou=services,o=nhs\nobjectClass: organizationalUnit\nou: services",
    )
    (folder / "records.ldif").write_text("\n\n".join([*tops, *(each.ldif() for each in records), ""]), "utf-8")
    command = [server, "-f", str(folder / "slapd.conf")]
    added = subprocess.run(
        [server, "-T", "add", *command[1:], "-l", str(folder / "records.ldif")], capture_output=True, text=True
    )
    if added.returncode:
        pytest.fail(f"slapd does not take the records: {added.stderr}")
    process, plain, tls = _started(command)
    try:
        yield Spine(process, plain, tls, files["authority"], files["user"], files["user-key"])
    finally:
        process.terminate()
        process.wait(10)


def _server() -> str:
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/libexec"
    found = os.environ.get("PCNHUB_SLAPD") or shutil.which("slapd", path=path)
    if not found:
        pytest.fail("No slapd: run `make slapd`, or set PCNHUB_SLAPD to its path.")
    return found


def _settings(folder: Path, files: dict[str, Path]) -> str:
    standard = next((each for each in STANDARD if Path(each, "core.schema").is_file()), "")
    if not standard:
        pytest.fail(f"slapd comes without its standard schemas: core.schema is in none of {', '.join(STANDARD)}.")
    modules = next((each for each in ("/usr/lib/ldap", "/usr/lib64/openldap") if Path(each).is_dir()), "")
    return dedent(f"""\
        include {standard}/core.schema
        include {standard}/cosine.schema
        include {SCHEMA}
        {f"modulepath {modules}" if modules else ""}
        {"moduleload back_mdb" if modules else ""}
        TLSCACertificateFile {files["authority"]}
        TLSCertificateFile {files["server"]}
        TLSCertificateKeyFile {files["server-key"]}
        TLSVerifyClient demand
        pidfile {folder}/slapd.pid
        database mdb
        maxsize 10485760
        suffix "o=nhs"
        directory {folder}/data
        """)


def _started(command: list[str]) -> tuple[subprocess.Popen[bytes], str, str]:
    """Running, with its two addresses. Between asking for a free port and taking it, another may take it: then on others."""
    for _ in range(5):
        ports = _free_port(), _free_port()
        plain, tls = f"ldap://127.0.0.1:{ports[0]}", f"ldaps://127.0.0.1:{ports[1]}"
        process = subprocess.Popen([*command, "-h", f"{plain} {tls}", "-d", "0"], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < until:
            if all(map(_listens, ports)):
                return process, plain, tls
            time.sleep(0.02)
        process.kill()
        process.wait(10)
    pytest.fail(f"slapd does not run: {' '.join(command)}")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
