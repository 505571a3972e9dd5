"""A Typst template and values become a PDF/UA-1: tagged, titled, with its typeface inside, the same bytes for the same input.

A template reads its values as `#let it = json(bytes(sys.inputs.it))`. What a person wrote is a value and never markup, so
that nothing in it can change the page. The template sets title and language, without which PDF/UA refuses it:
`#set document(title: ..., date: none)` and `#set text(lang: "en", region: "gb", font: "Source Sans Pro")`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst

TYPEFACE = "Source Sans Pro"


class TemplateRefused(ValueError):
    """The template can't be set with these values: Typst's own words, which name the line and none of the values."""


def pdf(template: str, *, values: Mapping[str, Any]) -> bytes:
    """The PDF of a Typst template (its source) with values (whatever JSON can hold). Raises TemplateRefused."""
    try:
        made = typst.compile(  # type: ignore[misc]
            template.encode(),
            font_paths=[_typefaces()],
            ignore_system_fonts=True,
            sys_inputs={"it": json.dumps(values)},
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as error:
        raise TemplateRefused(str(error)) from None
    if not isinstance(made, bytes):
        raise TemplateRefused("The template gives no document.")
    return made


@cache
def _typefaces() -> Path:
    return Path(font_source_sans_pro.SourceSansPro).parent
