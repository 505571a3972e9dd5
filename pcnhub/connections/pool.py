"""The lines to a service that is called again and again, kept open between calls."""

from __future__ import annotations

import functools
import ssl

import httpx


@functools.cache
def lines_to(_address: str, *, most: int) -> httpx.Client:
    """One pool for each address, of at most so many lines, a quarter of them kept. Redirects are answers, not orders."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return httpx.Client(
        verify=context, follow_redirects=False, trust_env=False,
        limits=httpx.Limits(max_connections=most, max_keepalive_connections=most // 4, keepalive_expiry=4),
    )  # fmt: skip
