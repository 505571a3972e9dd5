"""Signing in, as a browser without JavaScript does it."""

import pytest
from django.test import Client

@pytest.mark.django_db
def test_sign_in_page(client: Client) -> None:
    response = client.get("/sign-in?why=idle")
    assert response.status_code == 200
    assert "did nothing for" in response.content.decode()
