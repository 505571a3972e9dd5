"""Jinja for pages: strict for our own templates, forgiving for the NHS components, which count on missing values."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import (
    BaseLoader,
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    Undefined,
)

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
    """The environment that Django's back end asks for. A misspelt name in our templates is an error, not an empty string."""
    shared = {**options, "trim_blocks": True, "lstrip_blocks": True}
    components = _environment(shared, PackageLoader("nhsuk_frontend_jinja"), ChainableUndefined)
    ours = _environment(shared, ChoiceLoader([options["loader"], NhsComponents(components)]), StrictUndefined)
    for each in (components, ours):
        each.globals.update(static=static, url=url)
    return ours


def _environment(shared: dict[str, Any], loader: BaseLoader, undefined: type[Undefined]) -> Environment:
    return Environment(  # noqa: S701 - autoescape is on
        **{**shared, "loader": loader, "undefined": undefined, "autoescape": True}
    )


def url(name: str, **values: Any) -> str:
    """The address of a named route: `url("patient", patient_id=7)`."""
    return reverse(name, kwargs=values or None)


def page_basics(request: HttpRequest) -> dict[str, Any]:
    """What NHS.UK's page template needs. The nonce is a string here: django-csp's own counts as false until it is used."""
    return {"cspNonce": str(request.csp_nonce), "assetPath": "/assets"}  # type: ignore[attr-defined]
