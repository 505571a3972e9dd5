"""`pcnhub evidence`: a signed pack of what is true of a hub, and whether one that was received is what was signed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pcnhub.entrances.cli.hub import HubCommand, hub_environment
from pcnhub.entrances.cli.progress import shown

MOST_BYTES = 200 * 2**20  # of a pack's four files, unpacked: a large one has 2


@click.group("evidence")
def command() -> None:
    """Evidence packs: every line of the checklist with its proof, signed."""


@command.command("make", cls=HubCommand)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--hub", "ods_code", metavar="ODS", help="The hub. May be left out when there is only one.")
def make(folder: Path, ods_code: str | None) -> None:
    """Check everything anew and write the pack's four files into FOLDER, which must be new or empty."""
    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.entrances.cli.readiness import hub_named
    from pcnhub.insight.evidence.operations import make_pack
    from pcnhub.insight.evidence.sealing import digest

    if folder.is_dir() and any(folder.iterdir()):
        raise click.BadParameter("It is not empty: a pack lies alone in its folder.", param_hint="FOLDER")
    hub_id = hub_named(ods_code)
    with shown("Checking everything"):
        actor = system_actor_for(organisation_id=hub_id, name="command")
        sealed = make_pack(actor=actor, now=timezone.now(), hub_id=hub_id)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in sealed.files().items():
        (folder / name).write_bytes(content)
    manifest = json.loads(sealed.manifest)
    click.echo(f"{folder}: {len(manifest['items'])} items, manifest sha256 {digest(sealed.manifest)}")
    click.echo(f"Signed with key {manifest['public_key']}")


@command.command("verify")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--key", metavar="PUBLIC", help="The public key that it must be signed with: its line, or a PEM file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def verify(folder: Path, key: str | None, *, as_json: bool) -> None:
    """Say whether the pack in FOLDER (or its zip) is what was signed, and name what was altered. Needs no hub.

    Exit code 0 when it is, 1 when it is not. Without --key anybody could have signed it: take the key from whoever runs the
    hub, by another way than the pack.
    """
    from pcnhub.insight.evidence.keys import public_key
    from pcnhub.insight.evidence.verifying import verify as verified

    pinned = public_key(Path(key).read_text("utf-8", "replace") if Path(key).is_file() else key) if key else None
    verdict = verified(_files_in(folder), pinned=pinned)
    if as_json:
        found = {
            "holds": verdict.holds,
            "signed_by": verdict.signed_by,
            "is_pinned": verdict.is_pinned,
            "items": verdict.items,
            "faults": [{"where": each.where, "what": each.what} for each in verdict.faults],
        }
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for each in verdict.faults:
            click.echo(f"{each.where} {each.what}.")
        if verdict.holds:
            click.echo(f"The pack is what was signed: {verdict.items} items, key {verdict.signed_by}")
            if not verdict.is_pinned:
                click.echo("Nobody has said whose key that is. Give --key to be sure who signed.", err=True)
        else:
            click.echo("The pack is not what was signed.", err=True)
    click.get_current_context().exit(0 if verdict.holds else 1)


def _files_in(folder: Path) -> dict[str, bytes]:
    """The pack's files by name, from a folder or the zip of the page, and the bare names of whatever lies beside them: nothing
    is unpacked, and of nothing else a byte is read. Raises click.ClickException."""
    import zipfile
    import zlib

    from pcnhub.insight.evidence.sealing import NAMES

    if folder.is_dir():
        found = {each.name: each for each in folder.iterdir() if not each.name.startswith(".")}  # a desktop's own files
        return {name: each.read_bytes() if name in NAMES and each.is_file() else b"" for name, each in found.items()}
    try:
        with zipfile.ZipFile(folder) as packed:
            names = packed.namelist()
            if len(set(names)) < len(names):  # which of the two is opened, each program decides for itself
                raise click.ClickException(f"{folder.name} holds a file twice: it was altered.")
            if sum(each.file_size for each in packed.infolist()) > MOST_BYTES:
                raise click.ClickException(f"{folder.name} holds far more than a pack does: it was altered.")
            return {name: packed.read(name) if name in NAMES else b"" for name in names}
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError):
        raise click.ClickException(f"{folder.name} can’t be read as a zip: it is none, or was altered.") from None


@command.command("key")
@click.option("--pem", is_flag=True, help="As PEM, for other programmes.")
def key(*, pem: bool) -> None:
    """Print the public half of this deployment's key, which receivers pin. It is made when there is none yet."""
    hub_environment()
    from django.conf import settings

    from pcnhub.insight.evidence.keys import pem_of, signing_key, text_of

    public = signing_key(settings.EVIDENCE_KEY).public_key()
    click.echo(pem_of(public).strip() if pem else text_of(public))
