"""What customers, staff, banks and strangers do in the storm: each step is one request or a few."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service import clock
from service.orders.rules.promise import SLOT, next_slot
from service.payments.providers import signatures

from .purse import USD, usd
from .storming import Customer, Hand, Way

GOOD = ("sandbox_visa", "sandbox_mastercard", "sandbox_timeout", "sandbox_duplicate_webhook", "sandbox_refund_refused")
OTHERS = ("sandbox_declined", "sandbox_insufficient_funds", "sandbox_3ds", "sandbox_capture_refused")
WALLET = "/v1/me/wallet"


class Life(Hand):
    """Everything that anybody does."""

    def card(self, customer: Customer) -> str:
        """Return a card of the customer's: mostly one that pays."""
        return customer.methods[self.random.choice(GOOD if self.random.random() < 0.8 else OTHERS)]

    # Money in and out

    def load(self) -> None:
        """Load a wallet."""
        who = self.customer()
        body = {"amount": usd(self.random.randint(100, 4_000)), "payment_method_id": self.card(who)}
        loaded = self.ask("POST", f"{WALLET}/loads", who.headers, body)
        if loaded.status_code == 201:
            self.known.payments.append(loaded.json["payment_id"])

    def reload_by_itself(self) -> None:
        """Set or switch off the rule that loads by itself."""
        who = self.customer()
        rule = self.client.get(f"{WALLET}/auto-reload", headers=who.headers)
        match = {"If-Match": rule.headers["ETag"]}
        if self.random.random() < 0.3:
            self.ask("DELETE", f"{WALLET}/auto-reload", who.headers, None, **match)
            return
        amounts = {"threshold": usd(self.random.randint(300, 3_000)), "amount": usd(1_000), "weekly_cap": usd(9_000)}
        body = amounts | {"payment_method_id": self.card(who)}
        self.ask("PUT", f"{WALLET}/auto-reload", who.headers, body, **match)

    def cash_out(self) -> None:
        """Take money out, to a till or to where it came from: some of it, or all."""
        who, channel = self.customer(), self.random.choice(["till", "payment_method", "payment_method"])
        amount = self.random.choice([None, self.random.randint(1, 900), self.random.randint(1, 900)])
        made = self.ask(
            "POST", f"{WALLET}/cash-outs", who.headers, {"currency": USD, "channel": channel, "amount_minor": amount}
        )
        if made.status_code == 201 and channel == "till":
            self.known.cash_outs.append((made.json["id"], made.json, who))

    def pay_out(self) -> None:
        """A till pays, or the customer puts it back; often both try."""
        found = self.some(self.known.cash_outs)
        if found is not None:
            cash_out_id, made, who = found
            if self.random.random() < 0.3:
                self.ask("POST", f"{WALLET}/cash-outs/{cash_out_id}/withdrawal", who.headers)
                return
            body = {"code": made["code"], "amount": made["amount"]}
            staff = self.random.choice(self.world.staff)
            self.ask("POST", f"/v1/stores/{self.shop.store.id}/cash-outs", staff, body)

    def send_money(self) -> None:
        """Send money to somebody."""
        who, to = self.random.sample(self.world.customers, 2)
        body = {"email": to.email, "amount": usd(self.random.randint(1, 700))}
        sent = self.ask("POST", f"{WALLET}/transfers", who.headers, body)
        if sent.status_code == 201:
            self.known.transfers.append((sent.json["id"], who, to))

    def end_transfer(self) -> None:
        """Accept, refuse or withdraw what was sent."""
        found = self.some(self.known.transfers)
        if found is not None:
            transfer_id, sender, to = found
            how = self.random.choice(["acceptance", "acceptance", "refusal", "withdrawal"])
            headers = sender.headers if how == "withdrawal" else to.headers
            self.ask("POST", f"{WALLET}/transfers/{transfer_id}/{how}", headers)

    def buy_card(self) -> None:
        """Buy a gift card."""
        bought = self.ask(
            "POST", "/v1/gift-cards", self.customer().headers, {"amount": usd(self.random.randint(1, 800))}
        )
        if bought.status_code == 201:
            self.known.codes.append(bought.json["code"])

    def claim_card(self) -> None:
        """Claim one whose code everybody knows."""
        code = self.some(self.known.codes)
        if code is not None:
            self.ask("POST", "/v1/me/gift-cards", self.customer().headers, {"code": code})

    # Orders

    def tenders(self, who: Customer) -> list[dict[str, Any]] | None:
        """Return who is to pay, None for whoever pays at pickup."""
        wallet, at_pickup = {"kind": "wallet"}, {"kind": "pay_at_pickup"}
        card, other = ({"kind": "card", "method_id": self.card(who)} for _ in range(2))
        most = {"most_minor": self.random.randint(1, 600)}
        ways = [
            None, [wallet], [wallet], [card], [card], [wallet, card], [wallet, card], [wallet | most, card],
            [card | most, wallet], [wallet, at_pickup], [card | most, at_pickup],
            [wallet | most, card | most, at_pickup], [card | most, wallet | most, at_pickup],
        ]  # fmt: skip
        if card != other:
            ways += [[card | most, other], [wallet | most, card | most, other]]
        chosen: list[dict[str, Any]] | None = self.random.choice(ways)
        return chosen

    def basket(self, who: Customer) -> dict[str, Any]:
        """Return what somebody wants, and who is to pay it."""
        items = self.random.choices([self.shop.flat_white, self.shop.croissant], k=self.random.choice([1, 1, 2, 3]))
        lines = [self.shop.line(item, quantity=self.random.choice([1, 1, 2, 3])) for item in items]
        if self.random.random() < 0.3:
            lines[0]["if_unavailable"] = {"do": self.random.choice(["refund_line", "cancel_order", "closest"])}
            if lines[0]["if_unavailable"]["do"] == "closest":
                other = self.shop.croissant if items[0] == self.shop.flat_white else self.shop.flat_white
                lines[0]["if_unavailable"]["substitutes"] = [{"item_id": str(other)}]
        found: dict[str, Any] = {"store_id": str(self.shop.store.id), "lines": lines}
        tenders = self.tenders(who)
        if tenders is not None:
            found["tenders"] = tenders
            found["tip"] = self.random.choice([None, {"amount_minor": self.random.randint(1, 200)}, {"percent": 15}])
        pickup: dict[str, Any] = {"if_not_collected": self.random.choice(["hold", "cancel", "remake_once"])}
        if self.random.random() < 0.3:
            pickup["at"] = (next_slot(clock.now()) + self.random.choice([2, 3, 9]) * SLOT).isoformat()
        found["pickup"] = pickup
        if who.is_member and self.random.random() < 0.4:
            mine = [redemption for redemption, owner in self.known.redemptions if owner is who]
            reward = {"redemption_id": self.random.choice(mine)} if mine and self.random.random() < 0.5 else None
            found["rewards"] = [reward or {"reward": "off-1"}]
            found["remedy"] = "stars"
        return found

    def quote(self, who: Customer, **more: Any) -> str | None:
        """Return a quote's id, None where it is refused."""
        quoted = self.ask("POST", "/v1/quotes", who.headers, self.basket(who) | more)
        return quoted.json["id"] if quoted.status_code == 201 else None

    def place(self) -> None:
        """Quote and place."""
        who = self.customer()
        quote_id = self.quote(who)
        if quote_id is not None:
            body = {"quote_id": quote_id, "client_order_id": f"app-{quote_id}"}
            placed = self.ask("POST", "/v1/orders", who.headers, body)
            if placed.status_code == 201:
                self.keep(placed.json, who)

    def keep(self, order: Any, who: Customer) -> None:
        """Remember an order and what pays it."""
        self.known.orders.append((order["id"], who))
        self.known.payments += [each["payment_id"] for each in order.get("tenders", ()) if each["payment_id"]]

    def change(self) -> None:
        """Change an order to another basket, paid in another way."""
        found = self.some(self.known.orders)
        if found is not None:
            order_id, who = found
            quote_id = self.quote(who, replaces_order_id=order_id)
            if quote_id is not None:
                changed = self.ask("POST", f"/v1/orders/{order_id}/changes", who.headers, {"quote_id": quote_id})
                if changed.status_code == 200:
                    self.keep(changed.json, who)

    def cancel(self) -> None:
        """Cancel an order."""
        found = self.some(self.known.orders)
        if found is not None:
            self.ask("POST", f"/v1/orders/{found[0]}/cancellation", found[1].headers, {})

    def remake(self) -> None:
        """Have a no-show made once more."""
        found = self.some(self.known.orders)
        if found is not None:
            self.ask("POST", f"/v1/orders/{found[0]}/remake", found[1].headers)

    def serve(self) -> None:
        """Staff do what they may with an order, rather the usual than the rest."""
        found, staff = self.some(self.known.orders), self.random.choice(self.world.staff)
        if found is None:
            return
        path = f"/v1/orders/{found[0]}"
        order = self.client.get(path, headers=staff).json
        rare = {"rejected", "cancelled", "reject_lines", "refund"}
        may = [each for each in order["next_actions"] if each not in rare]
        if not may or self.random.random() < 0.25:
            may = order["next_actions"]
        if not may:
            return
        do = self.random.choice(may)
        if do == "refund":
            self.ask("POST", f"{path}/refunds", staff, self.refund_of(order))
        elif do == "reject_lines":
            lines = [self.random.choice(order["lines"])["position"]]
            self.ask("POST", f"{path}/rejections", staff, {"lines": lines, "reason": "dropped"})
        else:
            self.ask("POST", f"{path}/transitions", staff, {"to": do})

    def refund_of(self, order: Any) -> dict[str, Any]:
        """Return what is to be given back: an amount, or some of a line."""
        if self.random.random() < 0.5:
            most = order["totals"]["total"]["amount_minor"]
            return {"reason": "cold", "amount_minor": self.random.randint(1, max(1, most))}
        line = self.random.choice(order["lines"])
        return {"reason": "spilled", "lines": [{"position": line["position"], "quantity": 1}]}

    # Stars

    def redeem(self) -> None:
        """Redeem stars, or take that back."""
        who = self.customer()
        if self.known.redemptions and self.random.random() < 0.3:
            redemption_id, owner = self.random.choice(self.known.redemptions)
            self.ask("POST", f"/v1/me/loyalty/redemptions/{redemption_id}/cancellation", owner.headers)
            return
        redeemed = self.ask("POST", "/v1/me/loyalty/redemptions", who.headers, {"reward": "off-1"})
        if redeemed.status_code == 201:
            self.known.redemptions.append((redeemed.json["id"], who))

    def give_stars(self) -> None:
        """Give stars to whoever has the token."""
        who = self.customer()
        given = self.ask("POST", "/v1/me/loyalty/gifts", who.headers, {"stars": self.random.randint(1, 6)})
        if given.status_code == 201:
            self.known.gifts.append((given.json["id"], given.json["token"], who))

    def end_gift(self) -> None:
        """Take, refuse or take back what was given."""
        found = self.some(self.known.gifts)
        if found is not None:
            gift_id, token, who = found
            how = self.random.choice(["acceptance", "acceptance", "refusal", "back"])
            if how == "back":
                self.ask("DELETE", f"/v1/me/loyalty/gifts/{gift_id}", who.headers)
            else:
                self.ask("POST", f"/v1/me/loyalty/gifts/{how}", self.customer().headers, {"token": token})

    # Banks

    def approve(self) -> None:
        """Say yes or no on the page of one's bank (3-D Secure)."""
        payment_id = self.some(self.known.payments)
        if payment_id is not None:
            answer = {"answer": self.random.choice(["confirm", "confirm", "decline"])}
            self.client.post(f"/demo/payments/sandbox_{UUID(payment_id).hex}", data=answer)

    def tell(self) -> None:
        """The bank tells of a payment: signed, and perhaps late, doubled or forged."""
        payment_id = self.some(self.known.payments)
        if payment_id is None:
            return
        bank = self.world.bank
        if self.known.webhooks and self.random.random() < 0.5:
            headers, body = self.random.choice(list(self.known.webhooks))
        else:
            body = b'{"type":"payment.captured","data":{"reference":"sandbox_%s"}}' % UUID(payment_id).hex.encode()
            headers = signatures.sign(bank._secret, event_id=f"event_{payment_id}", body=body, now=clock.now())
            self.known.webhooks.append((headers, body))
        self.known.webhooks.extend(bank.take_webhooks(now=clock.now()))
        if self.random.random() < 0.1:
            body = body.replace(b"sandbox_", b"sandbox-")
        path = "/v1/payment-webhooks/sandbox"
        told = {**headers, "Content-Type": "application/json"}
        for _ in range(self.random.choice([1, 2])):
            self.note("POST", path, self.client.post(path, data=body, headers=told))


WAYS: tuple[Way, ...] = (
    (7, Life.load), (1, Life.reload_by_itself), (3, Life.cash_out), (2, Life.pay_out), (2, Life.send_money),
    (3, Life.end_transfer), (1, Life.buy_card), (2, Life.claim_card), (12, Life.place), (3, Life.change),
    (3, Life.cancel), (1, Life.remake), (26, Life.serve), (2, Life.redeem), (1, Life.give_stars), (1, Life.end_gift),
    (2, Life.approve), (3, Life.tell), (5, Life.again),
)  # fmt: skip
