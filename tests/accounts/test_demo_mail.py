"""GET /demo/mail and /demo/mail.json."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from service import create_app
from tests.conftest import settings_for

from .conftest import PASSWORD


def test_the_page_shows_the_codes_newest_first(client: FlaskClient) -> None:
    for name in ("first", "second"):
        client.post("/v1/customers", json={"email": f"{name}@example.com", "password": PASSWORD})

    mails = client.get("/demo/mail.json").json["data"]
    page = client.get("/demo/mail")

    assert [mail["to"] for mail in mails] == ["second@example.com", "first@example.com"]
    assert (page.status_code, page.mimetype, page.headers["Cache-Control"]) == (200, "text/html", "no-store")
    positions = [page.text.index(mail["code"]) for mail in mails]
    assert positions == sorted(positions)


def test_the_page_holds_to_its_policy(client: FlaskClient) -> None:
    page = client.get("/demo/mail")

    policy = page.headers["Content-Security-Policy"]
    nonce = policy.partition("style-src 'nonce-")[2].partition("'")[0]
    assert f'<style nonce="{nonce}">' in page.text
    assert " style=" not in page.text
    assert "<script" not in page.text


def test_there_is_no_such_page_outside_the_demo(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(database_url, tmp_path, DEMO=0))

    assert app.test_client().get("/demo/mail").status_code == 404
    assert app.test_client().get("/demo/mail.json").status_code == 404
    app.database.dispose()
