"""The application that a hub serves, and the listener. Front-end files have plain names: `collectstatic` ran for no hub here."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcnhub.config.settings")

from django.conf import settings

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}

from pcnhub.config.wsgi import application  # noqa: E402 - the settings first
from tests.proof.histories.hearing import wire  # noqa: E402

wire()

__all__ = ["application"]
