"""Values that no living body has, and units that are none of a measure's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pcnhub.care.consultations.queries import measures
from pcnhub.care.consultations.rules import Entry, Notes, as_asked, default_unit, problems_of_values

PRESSURE = Entry("75367002", "Blood pressure", "120/80", "mmHg")
TEMPERATURE = Entry("386725007", "Body temperature", "38.1", "°C")
HEIGHT = Entry("50373000", "Body height", "1.72", "m")
COUGH = Entry("49727002", "Cough")


def codes(*entries: Entry) -> list[tuple[str, str]]:
    found = problems_of_values(Notes(entries=entries), measures=measures())
    return [(problem.field, problem.code) for problem in found]


def test_every_measure_has_an_example_that_it_takes() -> None:
    for code, units in measures().items():
        for unit in units:
            assert codes(Entry(code, "x", unit.example, unit.unit)) == []
        assert default_unit(code, measures()) == units[0].unit
    assert {"75367002", "364075005", "386725007", "431314004", "27113001", "50373000", "18491006"} <= set(measures())
    assert default_unit(COUGH.code, measures()) == ""


def test_a_value_may_be_typed_with_its_unit() -> None:
    assert codes(replace(TEMPERATURE, value="38.1 °C", unit=""), replace(HEIGHT, value="172 cm", unit="")) == []
    assert codes(replace(TEMPERATURE, value="38.1 °C")) == []  # and beside its unit
    assert codes(replace(HEIGHT, value="172 cm")) == [("entry-0", "value-not-a-number")]  # no "172 c" in metres


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (replace(TEMPERATURE, value="381"), "value-impossible"),
        (replace(TEMPERATURE, value="100", unit="°F"), "unit-unknown"),
        (replace(TEMPERATURE, value="38.1", unit=""), "unit-unknown"),
        (replace(TEMPERATURE, value=""), "value-missing"),
        (replace(TEMPERATURE, value="warm"), "value-not-a-number"),
        (replace(TEMPERATURE, value="38,1"), "value-not-a-number"),
        (replace(TEMPERATURE, value="-5"), "value-not-a-number"),
        (replace(PRESSURE, value="120"), "value-not-a-number"),
        (replace(PRESSURE, value="80/120"), "value-impossible"),
        (replace(PRESSURE, value="1200/80"), "value-impossible"),
        (replace(HEIGHT, unit="cm"), "value-impossible"),
    ],
)
def test_what_can_not_be_is_refused(entry: Entry, code: str) -> None:
    assert codes(COUGH, entry) == [("entry-1", code)]


def test_an_earlier_versions_value_may_stay() -> None:
    wrong = replace(TEMPERATURE, value="381")
    assert problems_of_values(Notes(entries=(wrong,)), measures=measures(), kept=(wrong,)) == []
    typed = replace(
        wrong, value="381 °C", unit=""
    )  # as it was kept before units stood apart, and as a form gives it back
    assert as_asked(typed, measures()) == wrong
    assert problems_of_values(Notes(entries=(wrong,)), measures=measures(), kept=(typed,)) == []
