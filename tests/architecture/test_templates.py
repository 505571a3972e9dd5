"""Our templates are strict, the NHS components forgiving, and every script carries the nonce of its page."""

import re

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from jinja2 import DictLoader, UndefinedError

from pcnhub.config.jinja import environment

PAGE = '{% extends "nhsuk/template.jinja" %}{% block content %}{{ words }}{% endblock %}'


def render(source: str, **values: object) -> str:
    return environment(loader=DictLoader({"page": source}), autoescape=True).get_template("page").render(**values)


def test_a_misspelt_name_of_ours_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="patien"):
        render("{{ patien.name }}", patient={"name": "Ada"})


def test_a_component_renders_without_its_optional_values() -> None:
    button = '{% from "nhsuk/components/button/macro.jinja" import button %}{{ button({"text": words}) }}'
    assert "Ada &lt;b&gt;" in render(button, words="Ada <b>")


def test_every_script_of_a_page_has_the_nonce_of_its_policy() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        template = engines["jinja2"].from_string(PAGE)
        return HttpResponse(template.render({"words": "Hello"}, request))

    response = CSPMiddleware(page)(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    text = response.content.decode()
    nonces = re.findall(r"'nonce-([^']+)'", response["Content-Security-Policy"])
    scripts = re.findall(r"<script[^>]*>", text)
    assert scripts
    assert "Hello" in text
    assert all(f'nonce="{nonces[0]}"' in script for script in scripts)
