"""A customer saying things; every method is one request and returns the answer."""

from __future__ import annotations

from typing import Any

from tests.orders.shop import Shop

OAT = {"options": [{"group": "milk", "option": "oat"}]}


class Voice:
    """One customer of the shop."""

    def __init__(self, shop: Shop, headers: dict[str, str]) -> None:
        self.shop, self.headers = shop, headers
        self.client = shop.app.test_client()

    def read(self, kind: str) -> Any:
        """Read what is said of a kind."""
        return self.client.get(f"/v1/me/preferences/{kind}", headers=self.headers)

    def version(self, kind: str) -> int:
        """Return the version of a kind."""
        found: int = self.read(kind).json["version"]
        return found

    def say(self, kind: str, /, *, version: int | None = None, **value: Any) -> Any:
        """Say something of a kind, from the version that holds unless told otherwise."""
        return self.client.put(
            f"/v1/me/preferences/{kind}", json={"value": value}, headers=self.headers | self.match(kind, version)
        )

    def rules(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        """Say these order rules, and return them as they are kept."""
        answer = self.say("order_rules", rules=list(rules))
        assert answer.status_code == 200, answer.text
        kept: list[dict[str, Any]] = answer.json["value"]["rules"]
        return kept

    def withdraw(self, kind: str, *, version: int | None = None) -> Any:
        """Say nothing of a kind any more."""
        return self.client.delete(f"/v1/me/preferences/{kind}", headers=self.headers | self.match(kind, version))

    def undo(self, kind: str, *, version: int | None = None, **body: Any) -> Any:
        """Go back to an earlier version."""
        return self.client.post(
            f"/v1/me/preferences/{kind}/undo", json=body, headers=self.headers | self.match(kind, version)
        )

    def forget(self, kind: str, *, version: int | None = None) -> Any:
        """Have everything forgotten."""
        return self.client.delete(
            f"/v1/me/preferences/{kind}/versions", headers=self.headers | self.match(kind, version)
        )

    def versions(self, kind: str, query: str = "") -> Any:
        """List the versions of a kind."""
        return self.client.get(f"/v1/me/preferences/{kind}/versions{query}", headers=self.headers)

    def explain(self, *lines: dict[str, Any], **body: Any) -> dict[str, dict[str, Any]]:
        """Return the explained fields of a basket, by path."""
        body = {"store_id": str(self.shop.store.id), "lines": list(lines) or [self.shop.line()], **body}
        answer = self.client.post("/v1/me/preferences/explain", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return {field["path"]: field for field in answer.json["data"]}

    def match(self, kind: str, version: int | None = None) -> dict[str, str]:
        """Return the header that names the version."""
        return {"If-Match": f'"{self.version(kind) if version is None else version}"'}
