"""Pages in a real browser: they work under their own strict policy and load nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from .browser import open_page
from .serving import serving


@pytest.mark.browser
def test_the_documentation_shows_every_operation_offline(tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'pages.db'}"}
    with serving(environ, tmp_path) as server:
        dom, complaints = open_page(f"http://127.0.0.1:{server.port}/docs", tmp_path / "profile")

    assert complaints == []
    assert "Place a quote as an order" in dom
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', dom)


def test_a_page_allows_only_its_own_scripts_and_no_html_from_strings(client: FlaskClient) -> None:
    answer = client.get("/problems/sold-out")
    policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "trusted-types 'none'" in policy
    assert re.search(r"script-src 'nonce-[\w-]+';", policy)


def test_an_unknown_problem_has_no_page(client: FlaskClient) -> None:
    assert client.get("/problems/no-such").status_code == 404
