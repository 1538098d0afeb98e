"""accounts.mail.deliver, against a mail server that speaks SMTP."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socketserver
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts import mail
from service.accounts.models import Mail
from service.config import ConfigError, Settings
from service.events import OutboxRow
from service.http.edge import Edge
from tests.conftest import settings_for

from .conftest import PASSWORD, Mailbox


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail, or answers the recipient with `answer`."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answer = "250 fine"
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                self._say(self.server.answer)
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def requested(app: Edge, client: FlaskClient) -> OutboxRow:
    """The recorded fact of a mail to new@example.com."""
    client.post("/v1/customers", json={"email": "new@example.com", "password": PASSWORD})
    with app.database.reading() as session:
        return session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "MailRequested")).one()


def _settings(database_url: str, tmp_path: Path, **changes: Any) -> Settings:
    return settings_for(database_url, tmp_path, **changes)


def test_the_fact_is_due_outward_and_says_nothing_of_the_mail(requested: OutboxRow) -> None:
    assert requested.due_at is not None
    assert requested.payload == {}


def test_a_mail_is_handed_in_once_and_nothing_of_it_stays(
    app: Edge, server: MailServer, requested: OutboxRow, mailbox: Mailbox, database_url: str, tmp_path: Path
) -> None:
    settings = _settings(database_url, tmp_path, MAIL_URL=server.url)
    code = mailbox("new@example.com")[0].code

    mail.deliver(settings, app.database, mail_id=requested.subject_id)
    mail.deliver(settings, app.database, mail_id=requested.subject_id)

    (taken,) = server.taken
    message = email.message_from_bytes(taken, policy=email.policy.default)
    assert message["To"] == "new@example.com"
    assert message["From"] == settings.mail_from
    assert message["Message-ID"] == f"<{requested.subject_id}@sayso.example>"
    assert code in message.get_content()
    assert mailbox("new@example.com") == []


def test_without_a_mail_server_it_is_kept_for_the_demo(
    app: Edge, requested: OutboxRow, mailbox: Mailbox, database_url: str, tmp_path: Path
) -> None:
    mail.deliver(_settings(database_url, tmp_path), app.database, mail_id=requested.subject_id)

    assert len(mailbox("new@example.com")) == 1


def test_a_server_that_says_not_now_is_asked_again_later(
    app: Edge, server: MailServer, requested: OutboxRow, mailbox: Mailbox, database_url: str, tmp_path: Path
) -> None:
    server.answer = "451 busy"
    settings = _settings(database_url, tmp_path, MAIL_URL=server.url)

    with pytest.raises(smtplib.SMTPException):
        mail.deliver(settings, app.database, mail_id=requested.subject_id)

    assert len(mailbox("new@example.com")) == 1


def test_an_address_that_is_refused_for_good_is_dropped(
    app: Edge,
    server: MailServer,
    requested: OutboxRow,
    mailbox: Mailbox,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.answer = "550 nobody here"
    mail.deliver(_settings(database_url, tmp_path, MAIL_URL=server.url), app.database, mail_id=requested.subject_id)

    assert mailbox("new@example.com") == []
    assert "new@example.com" not in capsys.readouterr().out


def test_a_dark_server_is_an_error_that_a_retry_may_mend(
    app: Edge, requested: OutboxRow, database_url: str, tmp_path: Path
) -> None:
    settings = _settings(database_url, tmp_path, MAIL_URL="smtp://127.0.0.1:1")

    with pytest.raises(OSError, match="refused"):
        mail.deliver(settings, app.database, mail_id=requested.subject_id)


def test_a_password_is_never_said_in_the_clear(
    app: Edge, server: MailServer, requested: OutboxRow, database_url: str, tmp_path: Path
) -> None:
    url = server.url.replace("smtp://", "smtp://user:secret@")

    with pytest.raises(smtplib.SMTPNotSupportedError):
        mail.deliver(_settings(database_url, tmp_path, MAIL_URL=url), app.database, mail_id=requested.subject_id)


@pytest.mark.parametrize("url", ["http://example.com", "smtp://", "smtp://example.com:port", "example.com"])
def test_a_mail_server_that_cannot_be_one_is_named_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MAIL_URL"):
        mail.MailServer.from_settings(_settings("sqlite://", tmp_path, MAIL_URL=url))


def test_a_transaction_that_is_rolled_back_sends_nothing(client: FlaskClient, session: Session) -> None:
    client.post("/v1/customers", json={"email": "new@example.com", "password": "short"})

    assert session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxRow)) == 0
