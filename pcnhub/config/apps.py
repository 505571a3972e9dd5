"""Wires facts to their handlers, and chores to the worker, once every room is loaded."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "pcnhub.config"

    def ready(self) -> None:
        from pcnhub.config import chores, facts

        facts.wire()
        chores.wire()
