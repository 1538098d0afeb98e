"""Two accounts of one customer, the second of which stays."""

from __future__ import annotations

from typing import Any

from .club import Club


class Two:
    """`old` are the headers of the account that is given up, `new` those of the one that stays."""

    def __init__(self, club: Club) -> None:
        self.club, self.old, self.new = club, club.headers, club.other
        club.join(self.new)

    def consent(self, headers: dict[str, str] | None = None) -> str:
        """Return a token by which an account can be brought over."""
        answer = self.club.send("POST", "/mergers/consent", headers=headers or self.old)
        assert answer.status_code == 201, answer.text
        token: str = answer.json["token"]
        return token

    def redeem(self, token: str, headers: dict[str, str] | None = None) -> Any:
        """Bring over the account that the token is of."""
        return self.club.send("POST", "/mergers", json={"token": token}, headers=headers or self.new)

    def merge(self) -> dict[str, Any]:
        """Bring the old account into the new one."""
        answer = self.redeem(self.consent())
        assert answer.status_code == 201, answer.text
        merged: dict[str, Any] = answer.json
        return merged

    def swap(self) -> None:
        """Let the two change places: the old one joins again, and stays."""
        self.old, self.new = self.new, self.old
        self.club.join(self.new)

    def lots(self, headers: dict[str, str]) -> list[dict[str, Any]]:
        """Return somebody's lots, the oldest first."""
        found: list[dict[str, Any]] = self.club.send("GET", "/lots", headers=headers).json["data"]
        return found[::-1]

    def kinds(self, headers: dict[str, str]) -> list[tuple[str, int]]:
        """Return somebody's entries, the oldest first: kind and stars."""
        return [(each["kind"], each["stars"]) for each in self.club.entries(headers)]
