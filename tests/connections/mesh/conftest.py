"""A message exchange of NHS England's sandbox on loopback, with mutual TLS; a hub and a practice elsewhere as its users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mesh_client import MeshClient

    from tests.cast import World

HUB_BOX, ASH_BOX = "X26HUB1", "X26ASH1"
PASSWORD, KEY = "a-password", "a-shared-key"


@dataclass(frozen=True)
class Exchange:
    """The running sandbox, and what a user shows and trusts."""

    address: str
    folder: Path
    certificate: Path
    key: Path
    authority: Path
    stranger: Path  # an authority that neither end trusts

    def client(self, mailbox: str) -> MeshClient:
        """The library's own client, for looking into a mailbox from outside."""
        from mesh_client import MeshClient

        return MeshClient(
            self.address, mailbox, PASSWORD, shared_key=KEY.encode(), cert=(str(self.certificate), str(self.key)),
            verify=str(self.authority), max_retries=0,
        )  # fmt: skip

    def admin(self, method: str, path: str, **more: Any) -> None:
        import requests

        answer = requests.request(
            method, f"{self.address}/messageexchange/{path}", cert=(str(self.certificate), str(self.key)),
            verify=str(self.authority), timeout=5, **more,
        )  # fmt: skip
        answer.raise_for_status()


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    import trustme

    from pcnhub.demo import exchange as sandbox

    folder = tmp_path_factory.mktemp("exchange")
    authority, stranger = trustme.CA(), trustme.CA()
    server, user = authority.issue_cert("127.0.0.1"), authority.issue_cert("hub.example")
    files = {
        name: folder / f"{name}.pem" for name in ("authority", "stranger", "server", "server-key", "user", "user-key")
    }
    authority.cert_pem.write_to_path(files["authority"])
    stranger.cert_pem.write_to_path(files["stranger"])
    for name, leaf in (("server", server), ("user", user)):
        leaf.private_key_pem.write_to_path(files[f"{name}-key"])
        files[name].write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
    sandbox.write_mailboxes(folder, {HUB_BOX: "Y07108", ASH_BOX: "A81001"}, password=PASSWORD)
    shown = sandbox.Certificates(files["server"], files["server-key"], files["authority"])
    with sandbox.running(folder, sandbox.free_port(), shared_key=KEY, certificates=shown) as address:
        yield Exchange(address, folder, files["user"], files["user-key"], files["authority"], files["stranger"])


@pytest.fixture
def cast(db: None) -> World:
    """Ash Lane keeps its record elsewhere; the hub's clinicians have their national numbers."""
    from pcnhub.care.organisations.models import Account, Organisation
    from tests.cast import world
    from tests.evening import outcomes

    made = world()
    outcomes(made)
    Organisation.objects.filter(pk=made.ash.pk).update(system="EMIS")
    Account.objects.filter(username="bilal").update(sds_user_id="555021935107")
    return made


@pytest.fixture
def mesh(exchange: Exchange, cast: World, settings: Any) -> Exchange:
    """Empty mailboxes; Ash Lane's people are routed to its own."""
    from pydantic import SecretStr

    from pcnhub.demo.exchange import write_routes

    settings.HUB = settings.HUB.model_copy(
        update={
            "mesh_url": exchange.address,
            "mesh_mailbox": (f"Y07108={HUB_BOX}", f"A81001={ASH_BOX}"),
            "mesh_password": SecretStr(f"{HUB_BOX}={PASSWORD} {ASH_BOX}={PASSWORD}"),
            "mesh_shared_key": SecretStr(KEY),
            "mesh_certificate": exchange.certificate,
            "mesh_key": exchange.key,
            "mesh_authority": exchange.authority,
        }
    )
    write_routes(exchange.folder, {"9000000009": {"born": "19800412", "surname": "Smith", "mailbox": ASH_BOX}})
    exchange.admin("DELETE", "admin/reset")
    return exchange
