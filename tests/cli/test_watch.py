"""`pcnhub watch` as a person runs it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pcnhub.foundations.kernel.local_time import london_date
from tests.cli.running import within
from tests.insight.watch.evenings import evening, plant_three

pytestmark = pytest.mark.django_db


def test_it_exits_with_1_when_a_session_will_not_take_place_and_names_no_patient() -> None:
    tomorrow = london_date(timezone.now()) + timedelta(days=1)
    cast = evening(today=tomorrow, now=timezone.now())
    assert within("watch", "--day", tomorrow).returncode == 0
    plant_three(cast)
    printed = within("watch", "--day", tomorrow)
    assert (printed.returncode, "to mend" in printed.stdout) == (1, True)
    answer = within("watch", "--hub", "Y07108", "--day", tomorrow, "--json")
    data = json.loads(answer.stdout)
    assert (answer.returncode, data["hub"], data["stops"]) == (1, "Y07108", True)
    assert [line["code"] for line in data["lines"]][:3] == [
        "account-closed", "agreement-consultation-write-back", "untraced",
    ]  # fmt: skip
    for name in ("Jane", "Peter", "9000000009"):
        assert name not in printed.stdout + answer.stdout
    assert within("watch", "--hub", "C83003").returncode == 1
    assert within("watch", "--day", "tonight").returncode == 2
