"""Wires facts to their handlers, chores to the worker, and rooms that stand above to those that ask them; once every room
is loaded."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "pcnhub.config"

    def ready(self) -> None:
        from pcnhub.config import chores, facts, ties

        facts.wire()
        chores.wire()
        ties.wire()
