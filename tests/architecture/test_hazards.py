"""The hazard log keeps its word: every hazard names a control and a test that exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
LOG = ROOT / "docs/safety/hazards.yaml"
WORDS = ("id", "title", "cause", "effect", "severity", "likelihood", "control", "test")
SEVERITY = {"catastrophic", "major", "considerable", "significant", "minor"}  # DCB0129
LIKELIHOOD = {"very high", "high", "medium", "low", "very low"}


def hazards() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = yaml.safe_load(LOG.read_text("utf-8"))
    return read


@cache
def names_of_tests(file: Path) -> frozenset[str]:
    """The tests that a file defines."""
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def faults_of(hazard: dict[str, Any]) -> list[str]:
    """What is wrong with one line of the log."""
    faults = [f"lacks {word}" for word in WORDS if not hazard.get(word)]
    if hazard.get("severity") not in SEVERITY:
        faults.append(f"severity is none of {sorted(SEVERITY)}")
    if hazard.get("likelihood") not in LIKELIHOOD:
        faults.append(f"likelihood is none of {sorted(LIKELIHOOD)}")
    named = hazard.get("test") or []
    for test in [named] if isinstance(named, str) else named:
        path, _, name = test.partition("::")
        file = ROOT / path
        if not name.startswith("test_") or not file.is_file() or name not in names_of_tests(file):
            faults.append(f"names a test that does not exist: {test}")
    return faults


def test_every_hazard_has_a_control_and_a_test_that_exists() -> None:
    wrong = {hazard.get("id"): faults for hazard in hazards() if (faults := faults_of(hazard))}
    assert not wrong, f"docs/safety/hazards.yaml: {wrong}"


def test_every_hazard_has_an_id_of_its_own() -> None:
    ids = [hazard["id"] for hazard in hazards()]
    assert len(set(ids)) == len(ids)


def test_a_hazard_without_its_test_is_found() -> None:
    """Negative control."""
    good = hazards()[0]
    assert not faults_of(good)
    assert faults_of({**good, "test": "tests/architecture/test_hazards.py::test_that_nobody_wrote"})
    assert faults_of({**good, "test": []})
    assert faults_of({**good, "severity": "bad"})
