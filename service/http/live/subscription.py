"""What the live process must know of a stream, as it travels with the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from .topics import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who follows what from where on; `token` proves who it is, for as long as the stream lasts."""

    topic: str
    key: UUID
    after: int | None
    access: Access
    ends: bool
    token: str

    def dumped(self, head: bytes) -> bytes:
        """Return it as a message, together with the head of the answer."""
        return orjson.dumps({"head": head.decode("latin-1"), **{name: getattr(self, name) for name in self.__slots__}})


def loaded(message: bytes) -> tuple[Subscription, bytes]:
    """Return what `dumped` made a message of, and the head."""
    members: dict[str, Any] = orjson.loads(message)
    head = members.pop("head").encode("latin-1")
    access = members.pop("access")
    return (
        Subscription(
            **{**members, "key": UUID(members["key"])},
            access=Access(
                owner_id=_uuid(access["owner_id"]),
                store_id=_uuid(access["store_id"]),
                roles=tuple(access["roles"]),
                grant_id=_uuid(access["grant_id"]),
                holder_id=_uuid(access["holder_id"]),
            ),
        ),
        head,
    )


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text is not None else None
