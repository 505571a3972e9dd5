"""The two secrets of an account, between the page and the room."""

from __future__ import annotations

from base64 import b32encode

from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.operations import arriving, change_own_password
from pcnhub.entrances.staff import session
from pcnhub.entrances.staff.door import StaffRequest


def secret_text(device: TOTPDevice) -> str:
    """The secret as people type it into an app: base 32 in groups of four."""
    letters = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def change(request: StaffRequest, *, current: str, new: str) -> None:
    """Raises InvalidInput with the fields `current_password` and `new_password`."""
    change_own_password(
        actor=arriving(
            account_id=request.user.pk,
            now=request.now,
            origin=session.origin(request),
            request_id=request.request_id,
            identity=request.session[session.IDENTITY],
        ),
        now=request.now,
        current_password=current,
        new_password=new,
    )
