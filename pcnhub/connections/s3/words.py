"""What an object store's answer means, in words, and whether trying again may help.

The client gives its failures as text: an answer's status and the store's own `<Code>` (Amazon S3 API reference, "Error
responses"), or the kind of what broke on the way. Only what is known here is said; nothing of the text is repeated, since it
names keys and addresses.
"""

from __future__ import annotations

import re

from pcnhub.foundations.kernel.refusals import Refusal

SETTINGS = "whoever runs this installation of PCN Hub"


class StoreUnreachable(Refusal):
    """The store did not answer, or has a fault of its own. Trying again may help. `is_unsure`: what was asked for may have
    been done all the same."""

    code = "store-unreachable"
    remedy = "See that the object store can be reached from here. It is tried again by itself."
    who_can = SETTINGS
    is_unsure = False


class StoreRefused(Refusal):
    """The store answered that it will not. Trying again does not help."""

    code = "store-refused"
    remedy = "Mend the object store’s address, region, key or rights (docs/operate/continuity.md)."
    who_can = SETTINGS


class NotThere(StoreRefused):
    """The store has nothing of this name."""


_CODE = re.compile(r"<Code>([A-Za-z]{1,80})</Code>")
_STATUS = re.compile(r"status code: (\d{3})|\bstatus: (\d{3})\b")
_REGION = "The object store’s bucket is in another region"
_RIGHTS = "The object store refuses: the key may not do that there"
_SPACE = "The object store’s space is used up"

_CODES: dict[str, str] = {
    "AccessDenied": _RIGHTS,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidAccessKeyId": "The object store does not know the key id",
    "NoSuchBucket": "The object store has no bucket of this name",
    "PermanentRedirect": _REGION,
    "QuotaExceeded": _SPACE,
    "RequestTimeTooSkewed": "The object store says that this machine’s clock is wrong",
    "SignatureDoesNotMatch": "The object store says that the secret does not belong to the key id",
    "XMinioAdminBucketQuotaExceeded": _SPACE,
    "XMinioStorageFull": _SPACE,
}
_STATUSES: dict[int, str] = {
    301: _REGION,
    401: _RIGHTS,
    403: _RIGHTS,
    507: _SPACE,
}


def meaning(text: str) -> StoreUnreachable | StoreRefused:
    """What a failure of the client means. `text` is the failure's own, which may hold the store's answer."""
    code = next(iter(_CODE.findall(text)), "")
    found = _STATUS.search(text)
    status = int(found[1] or found[2]) if found else None
    words = _CODES.get(code) or _STATUSES.get(status or 0)
    if words:
        return StoreRefused(words)
    if status == 404:
        return NotThere("The object store has nothing of this name")
    if status is not None and (status >= 500 or status in (408, 429)):
        return _away(f"The object store has a fault of its own (status {status})", is_unsure=True)
    if status is not None:
        return StoreRefused(f"The object store refuses (status {status})")
    if "InvalidCertificate" in text or "invalid peer certificate" in text:
        return StoreRefused("The object store’s certificate can’t be trusted")
    if "dns error" in text:
        return _away("The object store’s name is not known to this network", is_unsure=False)
    if "kind: Connect" in text:
        return _away("The object store can’t be reached: nothing answers at its address", is_unsure=False)
    if "kind: Timeout" in text:
        return _away("The object store did not answer in time", is_unsure=True)
    return _away("The connection to the object store broke", is_unsure=True)


def _away(words: str, *, is_unsure: bool) -> StoreUnreachable:
    made = StoreUnreachable(words)
    made.is_unsure = is_unsure
    return made
