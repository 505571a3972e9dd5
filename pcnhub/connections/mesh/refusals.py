"""What the exchange's silence or refusal means: permanent, or try again; what to do, and who can."""

from __future__ import annotations

from pcnhub.foundations.kernel.refusals import Refusal

INSTALLATION = "whoever runs this installation"


class NotExchanged(Refusal):
    """The exchange was not asked, or did not do what it was asked. `try_again`: later it may."""

    try_again = False


class NoMailbox(NotExchanged):
    """The organisation has no mailbox here."""

    code = "no-mesh-mailbox"
    remedy = "Set PCNHUB_MESH_MAILBOX and what belongs to it; docs/operate/mesh.md says how."
    who_can = INSTALLATION


class NoAnswer(NotExchanged):
    """The exchange can't be reached, or did not answer in time. Whether it took what was sent is not known."""

    code = "mesh-no-answer"
    remedy = "It is asked again by itself; what may have left is looked for before it is sent again."
    who_can = INSTALLATION
    try_again = True


class SaidNo(NotExchanged):
    """The exchange refused."""

    code = "mesh-refused"
    remedy = "Check PCNHUB_MESH_MAILBOX, _PASSWORD, _SHARED_KEY and _CERTIFICATE (docs/operate/mesh.md)."
    who_can = INSTALLATION

    def __init__(self, message: str, *, said_code: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.said_code = said_code


class SentTwice(NotExchanged):
    """The exchange holds more than one message under one local id: a person must look which of them arrived."""

    code = "mesh-sent-twice"
    remedy = "Look with the practice which of them arrived, then have the report marked as sent in another way."
    who_can = "a manager of the hub"
