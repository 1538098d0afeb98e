"""Mail leaves here: through a mail server, or not at all where there is none (the demo page shows it then).

The worker calls `deliver` for each MailRequested, and `hand_in` for what is told of orders, outside any transaction; a
mail server's silence must hold no lock.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog

from ..config import ConfigError, Settings
from ..db import Database
from .models import Mail
from .rules.letters import Letter

log = structlog.get_logger()

TIMEOUT_SECONDS = 10
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in: smtp:// turns to TLS where the server offers it, smtps:// starts with it."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    @classmethod
    def from_settings(cls, settings: Settings) -> MailServer | None:
        """Return the server of MAIL_URL, None without one. Raises ConfigError."""
        if settings.mail_url is None:
            return None
        try:
            url = urlsplit(settings.mail_url)
            port = url.port or _PORTS[url.scheme]
        except (ValueError, KeyError):
            raise ConfigError("MAIL_URL must be smtp://user:password@host:port or smtps://…") from None
        if not url.hostname:
            raise ConfigError("MAIL_URL must name a host")
        if "@" not in parseaddr(settings.mail_from)[1]:
            raise ConfigError("MAIL_FROM must be an address, such as Sayso <no-reply@example.com>")
        user = unquote(url.username) if url.username else None
        password = unquote(url.password) if url.password else None
        return cls(scheme=url.scheme, host=url.hostname, port=port, user=user, password=password)

    def send(self, message: EmailMessage) -> None:
        """Hand the message in. Raises smtplib.SMTPException, OSError."""
        context = ssl.create_default_context()
        if self.scheme == "smtps":
            connected: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connected = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        with connected as server:
            if self.scheme == "smtp":
                server.ehlo()
                # With a password TLS is a must: starttls() raises where the server has none.
                if server.has_extn("starttls") or self.password is not None:
                    server.starttls(context=context)
            if self.user is not None:
                server.login(self.user, self.password or "")
            server.send_message(message)


def deliver(settings: Settings, database: Database, *, mail_id: UUID) -> None:
    """Send the mail of a MailRequested (its `subject_id`) and delete it; without a mail server it is kept.

    Call it outside a transaction. Doing it again sends nothing; only a crash between sending and deleting sends a
    mail twice, with the same Message-ID. What the server refuses for good is dropped.
    Raises smtplib.SMTPException or OSError where trying again later may work.
    """
    server = MailServer.from_settings(settings)
    if server is None:
        return
    with database.reading() as session:
        mail = session.get(Mail, mail_id)
    if mail is None:
        return
    _send(settings, server, mail)
    with database.writing.begin() as session:
        sent = session.get(Mail, mail_id)
        if sent is not None:
            session.delete(sent)


def hand_in(settings: Settings, database: Database, letter: Letter, *, to: str, mail_id: UUID, now: datetime) -> None:
    """Send a letter now, for whoever decides at the last moment whether it goes out; without a mail server it is kept.

    Call it outside a transaction. It is kept nowhere before: doing it again sends it again, with the same Message-ID.
    What the server refuses for good is dropped. Raises smtplib.SMTPException or OSError where trying again later may
    work.
    """
    mail = Mail(id=mail_id, to_address=to, subject=letter.subject, body=letter.body, code=letter.code, created_at=now)
    server = MailServer.from_settings(settings)
    if server is not None:
        _send(settings, server, mail)
        return
    with database.writing.begin() as session:
        session.merge(mail)  # it may have been kept before


def _send(settings: Settings, server: MailServer, mail: Mail) -> None:
    try:
        server.send(_message(settings, mail))
    except smtplib.SMTPException as error:
        if not _is_final(error):
            raise
        log.warning("mail_refused", mail_id=str(mail.id), error=type(error).__name__)


def _is_final(error: smtplib.SMTPException) -> bool:
    """Tell whether the server says no to this mail for good: a 5xx (RFC 5321, 4.2.1) about it, not about our login."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and 500 <= error.smtp_code < 600


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to_address
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{parseaddr(settings.mail_from)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(mail.body)
    return message
