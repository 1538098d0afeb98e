"""The facts of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ...events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerJoined(Fact):
    """A person proved an e-mail address and has an account now; a former guest keeps id and orders."""

    subject: ClassVar[str] = "person"
    was_guest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Fact):
    """A refresh token that was used up came again, so its device was signed out."""

    subject: ClassVar[str] = "person"
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(Fact):
    """A person can sign in with one more passkey."""

    subject: ClassVar[str] = "person"
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(Fact):
    """A passkey signs its person in no more."""

    subject: ClassVar[str] = "person"
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeySuspected(Fact):
    """A passkey's counter went back, so that a sign-in with it was refused."""

    subject: ClassVar[str] = "person"
    passkey_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRoleChanged(Fact):
    """A person's role at a store was granted, changed or (`role` None) revoked."""

    subject: ClassVar[str] = "person"
    store_id: UUID
    role: str | None
    changed_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOffered(Fact):
    """A customer offered somebody to do things for them; to whom, the fact doesn't say."""

    subject: ClassVar[str] = "grant"
    giver_id: UUID
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAccepted(Fact):
    """Somebody who read the offer's mail accepted it: they may act for the giver from now on."""

    subject: ClassVar[str] = "grant"
    giver_id: UUID
    receiver_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDeclined(Fact):
    """Somebody who read the offer's mail declined it."""

    subject: ClassVar[str] = "grant"
    giver_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEnded(Fact):
    """The giver revoked a grant, or its receiver gave it up (`ended_by`)."""

    subject: ClassVar[str] = "grant"
    giver_id: UUID
    receiver_id: UUID | None
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequested(Fact):
    """A mail waits to be sent; the fact holds its id and nothing of it."""

    subject: ClassVar[str] = "mail"
