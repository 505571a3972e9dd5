"""Progress is for a person at a terminal: what reads a pipe or a log hears none of it."""

import pytest

from pcnhub.entrances.cli.progress import shown


def test_a_pipe_hears_nothing(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with shown("Importing records") as say:
        say("File 2 of 3")
    assert capfd.readouterr() == ("", "")


def test_a_person_sees_what_is_being_done(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes a captured stream count as a terminal
    with shown("Importing records"):
        pass
    said = capsys.readouterr()
    assert "Importing records" in said.err
    assert said.out == ""
