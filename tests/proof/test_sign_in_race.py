"""Signing in from several browsers at one moment."""

from __future__ import annotations

import threading
from contextlib import closing, suppress

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from pcnhub.care.organisations.models import Account
from tests.cast import world
from tests.conftest import FreshDatabase

PASSWORD = "correct horse battery"


def test_one_code_sent_several_times_at_once_signs_in_once(fresh_database: FreshDatabase) -> None:
    """Each request reads the device before any has noted the code as used, unless they take turns."""
    with transaction.atomic():
        bilal = world().bilal
        Account.objects.update(password=make_password(PASSWORD))
        device = TOTPDevice.objects.create(user_id=bilal.account_id, name="app", confirmed=True)
        given = f"{totp(device.bin_key):06d}"
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        browser.post("/sign-in", {"username": "bilal", "password": PASSWORD})
    together = threading.Barrier(len(browsers))
    answers: list[int] = []
    look = TOTPDevice.verify_is_allowed

    def look_and_wait(device: TOTPDevice) -> object:
        seen = look(device)
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=1)
        return seen

    def send(browser: Client) -> None:
        with closing(connection):
            answers.append(browser.post("/sign-in/code", {"code": given}).status_code)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TOTPDevice, "verify_is_allowed", look_and_wait)
        senders = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert sorted(answers) == [302, 422, 422]
