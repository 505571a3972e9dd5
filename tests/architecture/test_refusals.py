"""docs/refusals.md knows every code by which the hub says no."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/refusals.md"


def trees() -> list[ast.Module]:
    return [ast.parse(file.read_text("utf-8")) for file in sorted((ROOT / "pcnhub").rglob("*.py"))]


def refusals(modules: list[ast.Module]) -> list[ast.ClassDef]:
    """The classes that descend from Refusal; two connections may use one name."""
    classes = [node for tree in modules for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names, found = {"Refusal"}, [node for node in classes if node.name == "Refusal"]
    while True:
        more = [
            node
            for node in classes
            if node not in found and any(isinstance(base, ast.Name) and base.id in names for base in node.bases)
        ]
        if not more:
            return found
        found += more
        names |= {node.name for node in more}


def codes(modules: list[ast.Module]) -> Iterator[str]:
    """Codes that a refusal's class states, and codes that are given where one is raised."""
    known = refusals(modules)
    names = {node.name for node in known}
    for node in known:
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                    yield code
    for tree in modules:
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names:
                yield from (
                    str(word.value.value)
                    for word in call.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant)
                )


def documented() -> set[str]:
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))


def test_every_code_is_documented_and_none_is_left_over() -> None:
    found = set(codes(trees()))
    assert found - documented() == set(), "add these to docs/refusals.md"
    assert documented() - found == set(), "docs/refusals.md has codes that nothing says any more"


def test_a_code_is_found_where_it_is_raised() -> None:
    """Negative control."""
    tree = ast.parse('class Refusal: code = "a"\nclass Late(Refusal): code = "b"\nraise Late("x", code="c")\n')
    assert set(codes([tree])) == {"a", "b", "c"}
