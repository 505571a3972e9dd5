"""Jinja for pages: strict for our own templates, forgiving for the NHS components, which count on missing values."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import BaseLoader, ChainableUndefined, ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template, TemplateNotFound

NHS_PREFIX = "nhsuk/"


class NhsComponents(BaseLoader):
    """Serves `nhsuk/...` from an environment of its own, where a missing value renders as nothing."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002 - Jinja's name
        if not name.startswith(NHS_PREFIX):
            raise TemplateNotFound(name)
        return self._environment.get_template(name, globals=globals)

    def list_templates(self) -> list[str]:
        return self._environment.list_templates()


def environment(**options: Any) -> Environment:
    """The environment that Django's Jinja back end asks for. A misspelt name in a template of ours is an error, not an empty string."""
    shared = {**options, "trim_blocks": True, "lstrip_blocks": True}
    components = Environment(**{**shared, "loader": PackageLoader("nhsuk_frontend_jinja"), "undefined": ChainableUndefined})  # noqa: S701
    ours = Environment(  # noqa: S701 - Django passes autoescape=True in the options
        **{**shared, "loader": ChoiceLoader([options["loader"], NhsComponents(components)]), "undefined": StrictUndefined}
    )
    for each in (components, ours):
        each.globals.update(static=static, url=url)
    return ours


def url(name: str, **values: Any) -> str:
    """The address of a named route: `url("patient", patient_id=7)`."""
    return reverse(name, kwargs=values or None)


def page_basics(request: HttpRequest) -> dict[str, Any]:
    """What NHS.UK's page template needs. The nonce is made a string here: unused, django-csp's own counts as false and would be left out."""
    return {"cspNonce": str(request.csp_nonce), "assetPath": "/assets"}  # type: ignore[attr-defined]
