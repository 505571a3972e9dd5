"""Wires facts to their handlers once every room is loaded."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "pcnhub.config"

    def ready(self) -> None:
        from pcnhub.config import facts

        facts.wire()
