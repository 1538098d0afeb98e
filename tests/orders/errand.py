"""Jane lets Ana order and pick up for her: what the tests of acting under a grant act on, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from service.accounts.models import Grant
from tests.factories import make_customer, make_grant, sign_in_as

from .shop import Shop


class Errand:
    """The shop, whose customer is Jane; `ana` are the headers of who acts for her, `alone` those of Ana herself."""

    def __init__(self, shop: Shop, **grant: Any) -> None:
        self.shop = shop
        self.jane = make_customer(shop.session, name="Jane")
        self.person = make_customer(shop.session, name="Ana")
        shop.customer = sign_in_as(shop.app, self.jane)
        self.alone = sign_in_as(shop.app, self.person)
        self.grant: Grant = make_grant(shop.session, self.jane, self.person, **grant)
        self.ana = self.under(self.grant.id)

    def under(self, grant_id: UUID) -> dict[str, str]:
        """Return the headers of Ana's requests under a grant."""
        return self.alone | {"Acting-Under": str(grant_id)}

    def another(self, *scopes: str, **changes: Any) -> dict[str, str]:
        """Return the headers of Ana's requests under another grant of Jane's."""
        return self.under(make_grant(self.shop.session, self.jane, self.person, *scopes, **changes).id)

    def quote(self, *lines: dict[str, Any], **basket: Any) -> dict[str, Any]:
        """Quote for Jane: a flat white, 4.33 with tax, unless told otherwise."""
        answer = self.shop.quote(*lines, headers=self.ana, **basket)
        assert answer.status_code == 201, answer.text
        quote: dict[str, Any] = answer.json
        return quote

    def place(self, *lines: dict[str, Any], **basket: Any) -> Any:
        """Place an order for Jane."""
        return self.shop.place(self.quote(*lines, **basket)["id"], headers=self.ana)

    def placed(self, *lines: dict[str, Any], **basket: Any) -> dict[str, Any]:
        """Place an order for Jane and return it."""
        answer = self.place(*lines, **basket)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json
        return order

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Read something, as Ana for Jane unless told otherwise."""
        return self.shop.client.get(path, headers=headers or self.ana)

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        """Do something, as Ana for Jane unless told otherwise."""
        keyed = (headers or self.ana) | {"Idempotency-Key": str(uuid4())}
        return self.shop.client.post(path, json=body, headers=keyed)

    def revoke(self) -> None:
        """Let Jane revoke the grant."""
        answer = self.shop.client.delete(f"/v1/me/grants/{self.grant.id}", headers=self.shop.customer)
        assert answer.status_code == 204

    def acts(self, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Return what was done under the grant, as Jane sees it unless told otherwise."""
        path = f"/v1/me/grants/{self.grant.id}/acts"
        entries: list[dict[str, Any]] = self.get(path, headers or self.shop.customer).json["data"]
        return entries
