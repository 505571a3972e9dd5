"""Which drug goes into the medication list, and what is wrong with a formulary's rows."""

from pcnhub.care.writeback.rules import problems_of_list, why_it_waits

LISTED = {"323509004"}


def why(code: str, *, listed: set[str] | None = LISTED, wrong: tuple[str, ...] = ()) -> str:
    found = why_it_waits(code=code, formulary="Ash", listed=listed, prescriber_problems=wrong)
    return found.code if found else ""


def test_a_listed_drug_goes_in_while_the_prescribing_user_holds() -> None:
    assert why("323509004") == ""
    assert why("1") == "not-in-formulary"
    assert why("323509004", listed=None) == "formulary-not-imported"
    assert why("323509004", wrong=("The position ended.",)) == "prescribing-user"


def test_every_line_that_is_wrong_is_named() -> None:
    rows = [(2, "323509004", "Amoxicillin"), (3, "abc", "Nothing"), (4, "323509004", "Again"), (5, "322236009", " ")]
    found = [(problem.field, problem.code) for problem in problems_of_list(rows)]
    assert found == [("line 3", "no-code"), ("line 4", "twice"), ("line 5", "no-name")]
