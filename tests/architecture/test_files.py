"""What holds for every file that is kept: no registry's address, nothing too long to read in one go."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
# written with brackets, so that this file does not name them itself
REGISTRIES = re.compile(r"pypi[.]org|python[h]osted|npmjs[.](org|com)|registry[.]npm|yarn[p]kg|debian[.]org")


def kept(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    named = [
        str(file.relative_to(ROOT)) for file in kept() if REGISTRIES.search(file.read_text("utf-8", errors="ignore"))
    ]
    assert not named, f"{named} name a registry's host: locks carry hashes, no addresses"


def test_no_python_file_is_too_long() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in kept("*.py")
        if "migrations" not in file.parts and (lines := file.read_text("utf-8").count("\n")) > LONGEST
    }
    assert not long, f"over {LONGEST} lines: {long}; make each a package of the same name"
