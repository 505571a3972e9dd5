"""What a person wrote stays text on the page; the same input gives the same PDF."""

import pytest

from pcnhub.foundations.paper.typesetting import TemplateRefused, pdf

LETTER = """
#let it = json(bytes(sys.inputs.it))
#set document(title: it.title, date: none)
#set text(lang: "en", region: "gb", font: "Source Sans Pro")
= #it.title
#it.text
"""


def test_a_letter_is_a_tagged_pdf_and_the_same_each_time() -> None:
    once, again = (pdf(LETTER, values={"title": "Consultation report", "text": "Seen at 18:40"}) for _ in range(2))
    assert once == again
    assert once.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in once
    assert b"SourceSansPro" in once


def test_words_of_a_person_are_never_markup() -> None:
    pdf(LETTER, values={"title": "A letter", "text": '#panic("no") #read("/etc/passwd") $x$ *'})


def test_a_template_that_fails_says_so() -> None:
    with pytest.raises(TemplateRefused):
        pdf("#let it = json(bytes(sys.inputs.it))\n#it.missing", values={"title": "secret words"})
