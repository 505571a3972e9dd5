"""The application that a hub serves, and the listener."""

from pcnhub.config.wsgi import application
from tests.proof.histories.hearing import wire

wire()

__all__ = ["application"]
