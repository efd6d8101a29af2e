"""Whose address counts towards the limits of signing in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest

from pupiltrack_portal.server.client_address import client_address


def request_with(*headers: tuple[str, str]) -> HTTPServerRequest:
    """A request that came over a connection from 10.0.0.1."""
    given = HTTPHeaders()
    for name, value in headers:
        given.add(name, value)
    return cast(HTTPServerRequest, SimpleNamespace(headers=given, remote_ip="10.0.0.1"))


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ((("X-Forwarded-For", "192.0.2.7"),), "192.0.2.7"),
        ((("X-Forwarded-For", "198.51.100.1, 192.0.2.7"),), "192.0.2.7"),
        ((("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "192.0.2.7")), "192.0.2.7"),
        ((("X-Forwarded-For", "192.0.2.7"), ("X-Real-Ip", "198.51.100.1")), "192.0.2.7"),
        ((("X-Real-Ip", "198.51.100.1"),), "10.0.0.1"),
        ((("X-Forwarded-For", "192.0.2.7:51000"),), "192.0.2.7"),
        ((("X-Forwarded-For", "2001:DB8::1"),), "2001:db8::1"),
        ((("X-Forwarded-For", "[2001:db8::1]:51000"),), "2001:db8::1"),
        ((("X-Forwarded-For", "192.0.2.7, unknown"),), "10.0.0.1"),
        ((("X-Forwarded-For", "[192.0.2.7"),), "10.0.0.1"),
        ((("X-Forwarded-For", ""),), "10.0.0.1"),
    ],
)
def test_client_address_behind_a_proxy(headers: tuple[tuple[str, str], ...], address: str) -> None:
    assert client_address(request_with(*headers), behind_proxy=True) == address


def test_client_address_without_proxy_believes_no_header() -> None:
    request = request_with(("X-Forwarded-For", "192.0.2.7"), ("X-Real-Ip", "192.0.2.7"))
    assert client_address(request, behind_proxy=False) == "10.0.0.1"
