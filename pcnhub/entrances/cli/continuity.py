"""`pcnhub continuity`: the hub's lists where the server is away. Neither command needs server, database or settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pcnhub.insight.continuity.store import ObjectStore

WRITABLE = click.Path(dir_okay=False, path_type=Path)


@click.group("continuity")
def command() -> None:
    """The continuity pack: a hub's lists for when the server is away (docs/operate/continuity.md)."""


@command.command("key")
@click.argument("new_file", type=WRITABLE)
def key(new_file: Path) -> None:
    """Make a key pair: the private half into NEW_FILE, closed by a passphrase; the public half is printed, for the server.

    Make it on a machine of the hub's own, and never copy NEW_FILE to the server: what the server writes it can then not read.
    Without file or passphrase no pack opens any more: keep two copies apart.
    """
    from pcnhub.insight.continuity.keys import SHORTEST_PASSPHRASE, make_key_file

    words = f"A passphrase of {SHORTEST_PASSPHRASE} characters or more"
    passphrase = click.prompt(words, hide_input=True, confirmation_prompt="The same again", err=True)
    try:
        made = make_key_file(new_file, passphrase=passphrase)
    except OSError as error:
        raise click.ClickException(f"{new_file} can't be written: {error.strerror}.") from None
    click.echo(made.text)
    click.echo(
        f"The private half is in {new_file}: copy it to a second place that is as safe, and never to the server. There, set "
        f"PCNHUB_CONTINUITY_KEYS to ODS_CODE={made.text} for your hub, and PCNHUB_CONTINUITY_FOLDER or PCNHUB_CONTINUITY_STORE.",
        err=True,
    )


@command.command("read")
@click.argument("place")
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The key file of the hub.",
)
@click.option("--by", prompt="Your name", help="Who opens it. Printed on the list.")
@click.option("--why", prompt="Why you open it", help="Why. Printed on the list.")
@click.option("--pdf", "pdf_file", type=WRITABLE, help="Write it as PDF, to print and to write on.")
@click.option("--html", "html_file", type=WRITABLE, help="Write it as a page for a browser.")
@click.option("--text", "as_text", is_flag=True, help="Print it here. The default, when nothing else is asked for.")
@click.option(
    "--endpoint", envvar="PCNHUB_CONTINUITY_STORE_ENDPOINT", default="", help="Of s3://...: the store's address."
)
@click.option("--region", envvar="PCNHUB_CONTINUITY_STORE_REGION", default="eu-west-2", help="Of s3://...: its region.")
@click.option(
    "--key-id", envvar="PCNHUB_CONTINUITY_STORE_KEY_ID", default="", help="Of s3://...: the id of your access key."
)
def read(
    place: str,
    *,
    key_file: Path,
    by: str,
    why: str,
    pdf_file: Path | None,
    html_file: Path | None,
    as_text: bool,
    endpoint: str,
    region: str,
    key_id: str,
) -> None:
    """Read a continuity pack: of the file PLACE, or the newest one that the key opens of a folder or of an object store,
    s3://BUCKET/PREFIX. The access key's secret is asked for, or taken from PCNHUB_CONTINUITY_STORE_SECRET.

    The hub can't put on record that you did: your name and reason are printed on the list instead. What was altered is refused
    by name; of a folder or store the one before it is read then, and the list says so.
    """
    from datetime import UTC, datetime

    from pcnhub.insight.continuity import printing
    from pcnhub.insight.continuity.keys import open_key_file
    from pcnhub.insight.continuity.reading import headline
    from pcnhub.insight.continuity.reading import read as read_pack

    found = _store(place, endpoint, region, key_id) if place.startswith("s3://") else _path(place)
    passphrase = click.prompt("Passphrase", hide_input=True, err=True)
    opened = read_pack(
        found,
        key=open_key_file(key_file, passphrase=passphrase),
        by=by.strip(),
        why=why.strip(),
        now=datetime.now(tz=UTC),
    )
    for warning in opened.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if pdf_file:
        _write(pdf_file, printing.as_pdf(opened))
    if html_file:
        _write(html_file, printing.as_html(opened).encode())
    if as_text or not (pdf_file or html_file):
        click.echo(printing.as_text(opened), nl=False)
    else:
        click.echo(f"{headline(opened.contents)}: {len(opened.contents.clinics)} sessions.")


def _path(place: str) -> Path:
    path = Path(place)
    if not path.exists():
        raise click.BadParameter(f"There is no file or folder {place}.", param_hint="PLACE")
    return path


def _store(place: str, endpoint: str, region: str, key_id: str) -> ObjectStore:
    """The secret never stands in the command: other people's programs can read that."""
    from pcnhub.connections.s3.address import Address, bucket_and_prefix
    from pcnhub.connections.s3.address import endpoint as checked
    from pcnhub.insight.continuity.store import ObjectStore

    try:
        bucket, prefix = bucket_and_prefix(place)
    except ValueError as error:
        raise click.BadParameter(f"{place} {error}.", param_hint="PLACE") from None
    try:
        checked(endpoint)
    except ValueError as error:
        raise click.BadParameter(f"{endpoint} {error}.", param_hint="--endpoint") from None
    key_id = key_id or click.prompt("Id of your access key", err=True)
    secret = os.environ.get("PCNHUB_CONTINUITY_STORE_SECRET") or click.prompt("Its secret", hide_input=True, err=True)
    return ObjectStore(
        Address(bucket=bucket, prefix=prefix, endpoint=endpoint, region=region, key_id=key_id, secret=secret)
    )


def _write(file: Path, content: bytes) -> None:
    """For the reader's eyes alone: patients stand in it."""
    try:
        place = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(place, "wb") as opened:
            file.chmod(0o600)  # one that was there keeps its own mode else
            opened.write(content)
    except OSError as error:
        raise click.ClickException(f"{file} can't be written: {error.strerror}.") from None
    click.echo(f"Written: {file}", err=True)
