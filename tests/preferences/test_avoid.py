"""Nothing that a customer avoids reaches their order, from whatever side it comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service import clock
from service.menu import actions as menu_actions
from service.menu.rules import ALLERGENS, MAX_DEPTH, chain
from service.orders.rules import guarding, substitution
from tests.factories import make_guest, price, sign_in_as
from tests.orders.errand import Errand
from tests.orders.shop import MENU, Shop
from tests.orders.test_no_show import LATE
from tests.orders.test_reject_lines import policy, soon

from .voice import Voice

AT_DEPTH = dict(enumerate(sorted(ALLERGENS)[:MAX_DEPTH], start=1))
"""An allergen of its own for each depth."""
MILK = {"allergen": "milk", "also_may_contain": True}
DEPTHS = pytest.mark.parametrize("depth", range(1, MAX_DEPTH + 1))


def deep_menu() -> chain.ChainMenu:
    """Return two towers of eight groups: one to be named or filled by rules, one that comes by default, every other
    group of it hidden. At each depth stands another allergen."""

    def tower(name: str, default_quantity: int) -> list[chain.ChainGroup]:
        return [
            chain.ChainGroup(
                ref=f"{name}{depth}",
                name=f"{name} {depth}",
                hidden=bool(default_quantity) and depth % 2 == 0,
                options=(
                    chain.ChainOption(
                        key="step",
                        name=f"Step {depth}",
                        default_quantity=default_quantity,
                        contains=frozenset({allergen}),
                        groups=(chain.Attachment(ref=f"{name}{depth + 1}"),) if depth < MAX_DEPTH else (),
                    ),
                ),
            )
            for depth, allergen in AT_DEPTH.items()
        ]

    def thing(sku: str, *refs: str) -> chain.ChainItem:
        sizes = (chain.ChainSize(key="one", name="One", prices=price(300), is_default=True),)
        groups = tuple(chain.Attachment(ref=ref) for ref in refs)
        return chain.ChainItem(sku=sku, name=sku, category="deep", sizes=sizes, groups=groups, work={"bar": 10})

    return chain.ChainMenu(
        categories=(chain.ChainCategory(key="deep", name="Deep"),),
        groups=(*tower("open", 0), *tower("given", 1)),
        items=(thing("open", "open1"), thing("given", "given1"), thing("plain")),
    )


class Deep:
    """The shop with the deep menu, and its customer."""

    def __init__(self, voice: Voice) -> None:
        self.voice, self.shop = voice, voice.shop
        loaded = menu_actions.load_menu(self.shop.session, deep_menu(), now=clock.now())
        self.shop.session.commit()
        self.open, self.given, self.plain = (loaded.items[sku] for sku in ("open", "given", "plain"))
        self.options = loaded.options

    def avoid(self, depth: int) -> None:
        """Avoid what stands at the depth."""
        answer = self.voice.say("avoid", entries=[{"allergen": AT_DEPTH[depth], "also_may_contain": False}])
        assert answer.status_code == 200, answer.text

    def named(self, depth: int) -> dict[str, Any]:
        """Return a line that names every option down to the depth."""
        modifiers: list[dict[str, Any]] = []
        for each in range(depth, 0, -1):
            modifiers = [{"option_id": str(self.options[f"open{each}", "step"]), "modifiers": modifiers}]
        return self.shop.line(self.open, modifiers=modifiers)

    def default(self) -> dict[str, Any]:
        """Return a line that names nothing."""
        return self.shop.line(self.given)

    def path_by_default(self, depth: int, tower: str = "given") -> str:
        """Return where the tower has the depth when nothing is named."""
        return ".".join(f"groups.{tower}{each}.step" for each in range(1, depth + 1))

    def fill(self) -> None:
        """Have rules fill the whole open tower."""
        steps = ({"options": [{"group": f"open{depth}", "option": "step"}]} for depth in AT_DEPTH)
        self.voice.rules(*({"set": step} for step in steps))


@pytest.fixture
def deep(voice: Voice) -> Deep:
    """The deep shop."""
    return Deep(voice)


def refused(answer: Any) -> dict[str, list[str]]:
    """Check that it was refused as avoided, and return where what was found."""
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/avoided"), answer.text
    where: dict[str, list[str]] = {}
    for each in answer.json["avoided"]:
        where.setdefault(each["path"], []).append(each["avoided"])
    assert sorted(where) == sorted(answer.json["errors"])
    return where


@DEPTHS
def test_at_every_depth_a_line_is_refused_whoever_put_it_there(deep: Deep, depth: int) -> None:
    deep.avoid(depth)
    there, below = [AT_DEPTH[depth]], ".modifiers".join([".0"] * depth)

    assert refused(deep.shop.quote(deep.named(depth))) == {f"lines.0.modifiers{below}": there}
    assert refused(deep.shop.quote(deep.default())) == {f"lines.0.{deep.path_by_default(depth)}": there}
    substitute = deep.shop.line(deep.plain, if_unavailable=policy("closest", deep.default()))
    path = f"lines.0.if_unavailable.substitutes.0.{deep.path_by_default(depth)}"
    assert refused(deep.shop.quote(substitute)) == {path: there}
    if depth > 1:
        assert deep.shop.quote(deep.named(depth - 1)).status_code == 201
    deep.fill()
    path = f"lines.1.{deep.path_by_default(depth, 'open')}"
    assert refused(deep.shop.quote(deep.shop.line(deep.plain), deep.shop.line(deep.open))) == {path: there}


@DEPTHS
def test_at_every_depth_nothing_crosses_it_after_placing(deep: Deep, depth: int) -> None:
    shop, plain = deep.shop, deep.shop.line(deep.plain)
    asking, closest = policy("ask", deep.default()), policy("closest", deep.default())
    asked = shop.placed(shop.line(deep.plain, if_unavailable=asking), plain, pickup=soon())
    shop.reject(asked["id"], 1)
    untold = shop.placed(shop.line(deep.plain, if_unavailable=asking), plain, pickup=soon())
    taken = shop.placed(shop.line(deep.plain, if_unavailable=closest), plain, pickup=soon())
    changed = shop.placed(plain, pickup=soon())
    change = shop.quote(deep.default(), replaces_order_id=changed["id"], pickup=soon()).json
    quote = shop.quote(deep.named(depth)).json

    deep.avoid(depth)

    assert AT_DEPTH[depth] in next(iter(refused(shop.answer(asked["id"], 1, "substitute-1")).values()))
    shop.reject(untold["id"], 1)
    offers = shop.show(untold["id"]).json["asks"][0]["options"]
    assert [each["answer"] for each in offers] == ["refund_line", "cancel_order"]
    assert shop.reject(taken["id"], 1).json["lines"][0]["change"]["kind"] == "struck"
    refused(shop.change(changed["id"], change["id"]))
    assert shop.show(changed["id"]).json["lines"][0]["item"]["name"] == "plain"
    refused(shop.place(quote["id"]))
    assert shop.answer(asked["id"], 1, "refund_line").status_code == 200


def test_a_quote_of_what_holds_more_since_is_not_placed(voice: Voice) -> None:
    shop = voice.shop
    voice.say("avoid", entries=[{"allergen": "nuts", "also_may_contain": True}])
    quote = shop.quote(shop.line(shop.croissant)).json
    flat_white, croissant = MENU.items
    nutty = replace(MENU, items=(flat_white, replace(croissant, may_contain=frozenset({"nuts"}))))
    menu_actions.load_menu(shop.session, nutty, now=clock.now())
    shop.session.commit()

    assert refused(shop.place(quote["id"])) == {"lines.0.item_id": ["nuts"]}


def test_what_is_not_avoided_is_sold_as_before(deep: Deep) -> None:
    deep.voice.say("avoid", entries=[{"allergen": "sulphites", "also_may_contain": True}])

    line = deep.shop.placed(deep.named(MAX_DEPTH), deep.default())["lines"][0]

    assert "overrides" not in line


def test_without_its_guard_the_line_would_be_sold(deep: Deep, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing else stops it."""
    deep.avoid(8)
    monkeypatch.setattr(guarding, "avoided_in", lambda said, line: [])

    assert deep.shop.quote(deep.default()).status_code == 201


def test_without_its_guard_a_substitute_would_be_taken(deep: Deep, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing else stops that either."""
    shop, chosen = deep.shop, policy("closest", deep.default())
    order = shop.placed(shop.line(deep.plain, if_unavailable=chosen), shop.line(deep.plain), pickup=soon())
    deep.avoid(8)
    monkeypatch.setattr(substitution, "is_crossing", lambda said, candidate, line: False)

    assert shop.reject(order["id"], 1).json["lines"][0]["item"]["name"] == "given"


def test_an_order_that_was_not_collected_is_not_made_again_with_what_is_avoided_since(voice: Voice) -> None:
    shop = voice.shop
    orders = [shop.placed(pickup={"if_not_collected": "remake_once"}) for _ in range(2)]
    for order in orders:
        for to in ("fired", "ready"):
            shop.move(order["id"], to)
    shop.follow_up(clock.now() + LATE)
    voice.say("avoid", entries=[{"group": "milk", "option": "whole"}])

    assert refused(shop.remake(orders[0]["id"])) == {"lines.0.modifiers.0": ["milk/whole"]}
    voice.say("avoid", entries=[MILK])
    assert refused(shop.remake(orders[0]["id"])) == {"lines.0.item": ["milk"]}
    voice.withdraw("avoid")
    assert shop.remake(orders[0]["id"]).json["state"] == "in_preparation"


def test_a_guest_avoids_too_and_everyone_only_for_themselves(shop: Shop) -> None:
    guest = Voice(shop, sign_in_as(shop.app, make_guest(shop.session)))
    guest.say("avoid", entries=[MILK])

    assert refused(shop.quote(headers=guest.headers)) == {"lines.0.groups.milk.whole": ["milk"]}
    assert shop.quote().status_code == 201


def test_an_avoided_item_and_option_are_refused_by_their_names(voice: Voice) -> None:
    shop = voice.shop
    voice.say("avoid", entries=[{"item_id": str(shop.croissant)}, {"group": "milk", "option": "oat"}])
    oat = shop.line(modifiers=[{"option_id": str(shop.oat)}])

    answer = shop.quote(oat, shop.line(shop.croissant), shop.line())

    assert refused(answer) == {"lines.0.modifiers.0": ["milk/oat"], "lines.1.item_id": [str(shop.croissant)]}
    assert answer.json["avoided"][0] == {
        "path": "lines.0.modifiers.0",
        "avoided": "milk/oat",
        "kind": "option",
        "how": "contains",
        "part": "Oat drink",
    }


class TestOverriding:
    def test_it_is_named_for_a_line_and_shown_to_those_who_make_it_and_on_the_receipt(self, voice: Voice) -> None:
        shop = voice.shop
        voice.say("avoid", entries=[MILK])
        assert shop.quote(shop.line(override_avoid=["milk"]), shop.line()).status_code == 422

        order = shop.placed(shop.line(override_avoid=["milk"]))
        shop.move(order["id"], "fired")
        queue = shop.client.get(f"/v1/stores/{shop.store.id}/queue", headers=shop.barista).json
        page = shop.client.get(
            f"/v1/orders/{order['id']}/receipt", headers={**shop.customer, "Accept": "text/html"}
        ).text

        said = {"avoided": "milk", "kind": "allergen", "how": "contains", "part": "Whole milk"}
        assert order["lines"][0]["overrides"] == [{**said, "source": {"kind": "customer_choice"}}]
        (ticket,) = queue["data"]
        assert ticket["lines"][0]["overrides"] == [said]
        assert "You avoid milk and allowed it" in page

    def test_it_is_part_of_what_the_quote_shows_and_its_hash(self, voice: Voice) -> None:
        shop = voice.shop
        before = shop.quote().json
        voice.say("avoid", entries=[MILK])
        with_override = shop.quote(shop.line(override_avoid=["milk"])).json

        assert with_override["hash"] != before["hash"]
        voice.withdraw("avoid")
        answer = shop.place(with_override["id"])
        assert answer.json["type"] == "/problems/quote-outdated"
        assert "lines.0.overrides" in {each["path"] for each in answer.json["differences"]}

    @pytest.mark.parametrize("name", ["nuts", "milk/whole", "everything"])
    def test_what_there_is_nothing_of_can_not_be_overridden(self, voice: Voice, name: str) -> None:
        voice.say("avoid", entries=[MILK, {"allergen": "nuts", "also_may_contain": True}])

        answer = voice.shop.quote(voice.shop.line(override_avoid=["milk", name]))

        assert list(answer.json["errors"]) == ["lines.0.override_avoid.1"]

    def test_who_avoids_nothing_overrides_nothing(self, shop: Shop) -> None:
        assert shop.quote(shop.line(override_avoid=["milk"])).status_code == 422

    def test_it_holds_for_what_takes_the_lines_place_and_is_printed_there(self, voice: Voice) -> None:
        shop = voice.shop
        voice.say("avoid", entries=[MILK])
        chosen = policy("closest", shop.line(shop.croissant))
        order = shop.placed(
            shop.line(if_unavailable=chosen, override_avoid=["milk"]),
            shop.line(modifiers=[{"option_id": str(shop.oat)}]),
            pickup=soon(),
        )

        (line, _) = shop.reject(order["id"], 1).json["lines"]

        assert (line["item"]["name"], line["overrides"][0]["part"]) == ("Croissant", "Croissant")

    def test_it_does_not_hold_for_the_next_order(self, voice: Voice) -> None:
        voice.say("avoid", entries=[MILK])
        voice.shop.placed(voice.shop.line(override_avoid=["milk"]))

        assert voice.shop.quote().status_code == 422


def test_a_quote_stands_where_what_is_avoided_since_is_not_in_it(voice: Voice) -> None:
    voice.rules({"set": {"size": "large"}})
    quote = voice.shop.quote().json
    voice.say("avoid", entries=[{"allergen": "fish", "also_may_contain": True}])

    assert voice.shop.place(quote["id"]).status_code == 201


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ([{"allergen": "mlik", "also_may_contain": True}], "value.entries.0.allergen"),
        ([{"allergen": "milk"}], "value.entries.0"),
        ([{"allergen": "milk", "also_may_contain": True, "group": "milk"}], "value.entries.0"),
        ([{"group": "milk"}], "value.entries.0"),
        ([{"group": "milk", "option": "unicorn"}], "value.entries.0.option"),
        ([{"item_id": "00000000-0000-7000-8000-000000000000"}], "value.entries.0.item_id"),
        ([MILK, {**MILK, "also_may_contain": False}], "value.entries.1"),
        ([], "value.entries"),
    ],
)
def test_what_can_not_be_avoided_is_named(voice: Voice, entries: list[dict[str, Any]], field: str) -> None:
    answer = voice.say("avoid", entries=entries)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), answer.text


def test_who_orders_for_a_customer_is_held_to_their_list_and_overrides_nothing(shop: Shop) -> None:
    errand = Errand(shop)
    jane, ana = Voice(shop, shop.customer), Voice(shop, errand.alone)
    jane.say("avoid", entries=[MILK])
    ana.say("avoid", entries=[{"group": "milk", "option": "oat"}])
    oat = shop.line(modifiers=[{"option_id": str(shop.oat)}])

    overriding = shop.quote(shop.line(override_avoid=["milk"]), headers=errand.ana)

    assert list(refused(shop.quote(headers=errand.ana))) == ["lines.0.groups.milk.whole"]
    assert (overriding.status_code, list(overriding.json["errors"])) == (422, ["lines.0.override_avoid.0"])
    assert errand.place(oat).status_code == 201
