"""What the national directory's silence or refusal means for who asked: permanent, or try again."""

from __future__ import annotations

from pcnhub.foundations.kernel.refusals import Refusal

INSTALLATION = "whoever runs this installation"


class NotLookedUp(Refusal):
    """The directory was not asked, or gave no answer. That somebody is not registered is an answer, and none of these.

    `answer_code`: HTTP status or LDAP result, where there was one.
    """

    who_can = INSTALLATION
    outcome = "no-answer"

    def __init__(self, message: str, *, answer_code: int | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.answer_code = answer_code


class NotConfigured(NotLookedUp):
    """No directory is set."""

    code = "sds-not-configured"
    remedy = "Set PCNHUB_SDS_URL, or PCNHUB_SDS_LDAP_URL (docs/operate/probes.md)."


class NoAnswer(NotLookedUp):
    """It can't be reached, did not answer in time, or can't answer now."""

    code = "sds-no-answer"
    remedy = "Try again in a few minutes."


class Unclear(NotLookedUp):
    """It answered with something that can't be read, or that answers another question."""

    code = "sds-unclear"
    outcome = "unclear"
    remedy = "Try again. If it stays so, report it with the correlation id."


class SaidNo(NotLookedUp):
    """It refused: the key, the certificate or the question is not one that it takes."""

    code = "sds-said-no"
    outcome = "refused"
    remedy = "Have the settings PCNHUB_SDS_* checked against the registration."
