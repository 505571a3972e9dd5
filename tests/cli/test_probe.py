"""`pcnhub probe` and `pcnhub sds lookup`: each call with its answer and time, and an exit code that a script can use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import SecretStr

from pcnhub.connections.sds.models import Lookup
from tests.cast import world
from tests.cli.running import within
from tests.conftest import FreshDatabase
from tests.connections.sds import counterpart, spine
from tests.connections.sds.spine import SEARCH

pytestmark = pytest.mark.slow
ROOT = "https://far.example/A83008/STU3/1/gpconnect"


def test_each_probe_is_printed_and_only_a_no_is_an_exit_code(fresh_database: FreshDatabase) -> None:
    world()
    whole = within("probe", "--json")
    found = {(each["check"], each["organisation"]): each for each in json.loads(whole.stdout)["probes"]}
    assert whole.returncode == 1
    assert found["CHK-D10", "Y07108"]["state"] == "unmet"  # no worker runs
    # nothing is served here: unknown, and never a no
    assert found["CHK-15", "Y07108"]["state"] == "unknown"
    assert found["CHK-15", "Y07108"]["took_ms"] is not None
    assert found["CHK-D8", "Y07108"]["state"] in ("met", "not-applicable")
    assert {check for check, _ in found} >= {"CHK-03", "CHK-23", "CHK-D5", "CHK-D6", "CHK-D7", "CHK-D9", "CHK-D11"}

    one = within("probe", "--check", "CHK-15")
    assert (one.returncode, one.stdout.split()[:3]) == (0, ["CHK-15", "Y07108", "unknown"])
    wrong = within("probe", "--check", "CHK-01")
    assert (wrong.returncode, "There is no probe CHK-01" in wrong.stderr) == (2, True)


def test_a_look_up_says_where_and_as_whom_or_what_is_missing(fresh_database: FreshDatabase, settings: Any) -> None:
    not_set = within("sds", "lookup", "A83008")
    assert (not_set.returncode, "PCNHUB_SDS_URL" in not_set.stderr) == (1, True)
    records = (
        spine.system("200000000111", "A83008", "A83008-0000001"),
        spine.endpoint("S1", "A83008", "A83008-0000001", ROOT, SEARCH),
    )
    with counterpart.serving(records) as serving:
        settings.HUB = settings.HUB.model_copy(
            update={"sds_url": serving.address, "sds_key": SecretStr(counterpart.KEY)}
        )
        one = within("sds", "lookup", "A83008", "--interaction", "rest:search:slot-1")
        assert (one.returncode, one.stdout) == (
            0, f"A83008, rest:search:slot-1: {ROOT}, party key A83008-0000001, ASID 200000000111.\n",
        )  # fmt: skip
        usual = within("sds", "lookup", "A83008", "--json")
        assert usual.returncode == 1
        assert [each["fault"] for each in json.loads(usual.stdout)["listings"]].count("no-endpoint") == 5
        serving.instead = [lambda: counterpart.outcome(504, "timeout", "INTERNAL_SERVER_ERROR")]
        away = within("sds", "lookup", "A83008")
        assert (away.returncode, "can't answer now" in away.stderr) == (1, True)
    assert Lookup.objects.filter(organisation_id=0).count() == 10
