"""Copies what the pages need of nhsuk-frontend into the folder that Django serves at /assets/.

    python tools/gather_frontend.py node_modules pcnhub/config/frontend

Two things are taken out. Comments that name source maps: the maps are not shipped, and hashed file names fail on a missing
file. The two @font-face rules of Frutiger: the font is licensed for nhs.uk alone and would be fetched from there; Arial
stands behind it.
"""

import re
import shutil
import sys
from pathlib import Path

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*")
FRUTIGER_RULES = 2


def gather(node_modules: Path, target: Path) -> None:
    """Fills `target` anew. Raises SystemExit when the package is not as this tool knows it."""
    distribution = node_modules / "nhsuk-frontend/dist/nhsuk"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(distribution / "assets", target)
    css, removed = FONT_FACE.subn("", _without_map(distribution / "nhsuk-frontend.min.css"))
    if removed != FRUTIGER_RULES or "assets.nhs.uk" in css:
        raise SystemExit(
            f"nhsuk-frontend has {removed} @font-face rules, not {FRUTIGER_RULES}: look at its CSS before it is served."
        )
    (target / "nhsuk-frontend.min.css").write_text(css, encoding="utf-8")
    (target / "nhsuk-frontend.min.js").write_text(
        _without_map(distribution / "nhsuk-frontend.min.js"), encoding="utf-8"
    )


def _without_map(file: Path) -> str:
    return SOURCE_MAP.sub("", file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    gather(Path(sys.argv[1]), Path(sys.argv[2]))
