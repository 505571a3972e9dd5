"""Help for somebody who can't get in, at the machine."""

from __future__ import annotations

import click
import pytest

from pcnhub.care.organisations.models import Account, Position
from pcnhub.entrances.cli.password import command
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import LONG_AGO, world

pytestmark = pytest.mark.django_db


def run(username: str, looked_after_by: str | None = None) -> None:
    assert command.callback
    command.callback(username=username, reset_code=False, looked_after_by=looked_after_by)


def test_a_temporary_password_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    world()
    run("bilal")
    bilal = Account.objects.get(username="bilal")
    assert bilal.check_password(capsys.readouterr().out.strip())
    assert bilal.must_change_password
    with pytest.raises(click.ClickException, match="no account nobody"):
        run("nobody")


def test_an_account_is_handed_to_an_organisation_where_the_person_works() -> None:
    cast = world()
    with pytest.raises(InvalidInput):
        run("bilal", "a81001")
    bilal = Account.objects.get(username="bilal")
    assert bilal.looked_after_by == cast.hub
    Position.objects.create(
        account=bilal, organisation=cast.ash, role_code="R8000", job_category="GP", starts_on=LONG_AGO
    )
    run("bilal", "a81001")
    bilal.refresh_from_db()
    assert bilal.looked_after_by == cast.ash
