"""POST /v1/stores/{id}/bumps, /starts, /recalls and /bumps/{id}/undo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.orders import actions as order_actions
from service.pickup.models import Bump, LineStation
from service.pickup.rules import rows as rules
from tests.orders.shop import Shop

from .counter import Counter, states

SCREENS = 8


def drink_and_croissant(counter: Counter, **basket: Any) -> dict[str, Any]:
    """Fire an order of a flat white from the bar and a croissant from the oven."""
    return counter.fired(counter.shop.line(), counter.shop.line(counter.shop.croissant), **basket)


def test_the_first_line_bumped_takes_the_order_into_preparation_and_the_last_makes_it_ready(counter: Counter) -> None:
    order = drink_and_croissant(counter)

    first = counter.bump(order["id"], position=1)
    last = counter.bump(order["id"], station="oven")

    assert (first.status_code, first.json["changed"]) == (200, True)
    assert first.json["ticket"]["state"] == "in_preparation"
    assert states(first.json["ticket"]) == {(1, "bar"): "done", (2, "oven"): "waiting"}
    assert last.json["ticket"]["state"] == "ready"
    assert first.json["version"] < last.json["version"]
    steps = counter.shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=counter.shop.customer).json["steps"]
    assert [step["state"] for step in steps][1:] == ["fired", "in_preparation", "ready"]


def test_a_whole_ticket_is_bumped_at_once(counter: Counter) -> None:
    order = drink_and_croissant(counter)

    answer = counter.bump(order["id"])

    assert set(states(answer.json["ticket"]).values()) == {"done"}
    assert counter.shop.show(order["id"]).json["state"] == "ready"


def test_bumping_what_is_bumped_changes_nothing(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    first = counter.bump(order["id"], position=1)

    again = counter.bump(order["id"], position=1)

    assert (again.json["changed"], again.json["id"]) == (False, None)
    assert again.json["version"] == first.json["version"]


def test_a_bump_sent_again_with_its_key_is_answered_as_the_first_time(counter: Counter) -> None:
    order, key = drink_and_croissant(counter), str(uuid4())
    first = counter.bump(order["id"], key=key)
    counter.touch("recall", order["id"])

    again = counter.bump(order["id"], key=key)

    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counter.shop.show(order["id"]).json["state"] == "in_preparation"  # the recall stands


def test_a_bump_raises_the_version_that_the_customer_sees(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    before = counter.shop.show(order["id"]).json["version"]
    etag = counter.queue().headers["ETag"]

    counter.bump(order["id"], position=1)
    counter.touch("start", order["id"], position=2)

    assert counter.shop.show(order["id"]).json["version"] == before + 2
    assert counter.queue(headers=counter.barista | {"If-None-Match": etag}).status_code == 200


def test_a_start_is_shown_and_takes_the_order_into_preparation(counter: Counter) -> None:
    order = drink_and_croissant(counter)

    answer = counter.touch("start", order["id"], station="bar")

    assert states(answer.json["ticket"]) == {(1, "bar"): "started", (2, "oven"): "waiting"}
    assert answer.json["ticket"]["state"] == "in_preparation"
    assert answer.json["ticket"]["lines"][0]["stations"][0]["started_at"] is not None


def test_a_recalled_ticket_is_back_at_its_old_place(counter: Counter) -> None:
    for _ in range(3):
        drink_and_croissant(counter)
    orders = [ticket["order_id"] for ticket in counter.tickets()]
    counter.bump(orders[1])

    answer = counter.touch("recall", orders[1], position=1)

    assert states(answer.json["ticket"]) == {(1, "bar"): "waiting", (2, "oven"): "done"}
    assert answer.json["ticket"]["state"] == "in_preparation"
    assert [ticket["order_id"] for ticket in counter.tickets()] == orders
    assert counter.bump(orders[1]).json["ticket"]["state"] == "ready"


def test_an_order_made_ready_by_hand_can_be_recalled_by_line_too(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    counter.shop.move(order["id"], "ready")

    answer = counter.touch("recall", order["id"], position=2)

    assert states(answer.json["ticket"]) == {(1, "bar"): "done", (2, "oven"): "waiting"}


def test_what_was_bumped_last_can_be_found_to_recall_it(counter: Counter) -> None:
    orders = [drink_and_croissant(counter)["id"] for _ in range(3)]
    counter.bump(orders[0], station="bar")
    counter.bump(orders[2])

    def shown(query: str) -> list[str]:
        return [ticket["order_id"] for ticket in counter.tickets(query)]

    assert shown("?view=recall") == [orders[2], orders[0]]
    assert shown("?view=recall&station=oven") == [orders[2]]


def test_undo_takes_back_exactly_what_one_bump_did(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    counter.touch("start", order["id"], station="oven")
    counter.bump(order["id"], position=1)
    bump = counter.bump(order["id"]).json

    undone = counter.undo(bump["id"])
    again = counter.undo(bump["id"])

    assert (undone.json["changed"], again.json["changed"]) == (True, False)
    assert states(undone.json["ticket"]) == {(1, "bar"): "done", (2, "oven"): "started"}
    assert undone.json["ticket"]["state"] == "in_preparation"
    assert again.json["version"] == undone.json["version"]


def test_undo_is_refused_where_something_else_was_done_since(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    bump = counter.bump(order["id"], position=1).json
    counter.touch("recall", order["id"], position=1)

    answer = counter.undo(bump["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not-to-be-undone")


def test_undo_of_what_never_was_is_not_found(counter: Counter) -> None:
    assert counter.undo(str(uuid4())).status_code == 404


def test_what_left_the_queue_can_be_neither_recalled_nor_undone(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    bump = counter.bump(order["id"]).json
    counter.shop.move(order["id"], "picked_up")

    for answer in (counter.touch("recall", order["id"]), counter.undo(bump["id"])):
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/transition-refused")
    late = counter.bump(order["id"])  # as one that a screen kept while it was offline
    assert (late.status_code, late.json["changed"], late.json["ticket"]) == (200, False, None)


def test_an_order_that_is_not_fired_yet_can_not_be_bumped(counter: Counter) -> None:
    order = counter.shop.placed()

    assert counter.bump(order["id"]).json["type"] == "/problems/transition-refused"


def test_a_line_or_station_that_the_ticket_has_not_is_named(counter: Counter) -> None:
    order = counter.fired()

    assert list(counter.bump(order["id"], position=2).json["errors"]) == ["position"]
    assert list(counter.bump(order["id"], station="cold").json["errors"]) == ["station"]
    assert list(counter.bump(order["id"], station="roof").json["errors"]) == ["station"]


def test_who_did_what_and_when_is_kept(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    bump = counter.bump(order["id"], position=1).json
    counter.undo(bump["id"])

    row = counter.shop.session.execute(sa.select(Bump)).scalar_one()

    assert (str(row.order_id), row.kind, row.rows) == (order["id"], "bump", [[1, "bar", "waiting", "done"]])
    assert row.by == row.undone_by
    assert row.at < row.undone_at
    log = counter.shop.told(order["id"], counter.shop.customer)
    assert "TicketTouched" in log
    assert str(row.by) not in log  # the customer reads what happened, not which member of staff it was


def test_a_voided_ticket_stays_until_someone_has_seen_it(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    counter.shop.move(order["id"], "rejected", reason="the machine broke")

    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert (ticket["state"], ticket["void"]["reason"]) == ("rejected", "the machine broke")
    seen = counter.bump(order["id"])

    assert (seen.json["changed"], seen.json["ticket"]) == (True, None)
    assert seen.json["version"] > ticket["version"]
    assert counter.tickets() == []
    assert counter.bump(order["id"]).json["changed"] is False


def test_a_line_that_was_taken_out_is_not_made_and_the_rest_makes_the_order_ready(counter: Counter) -> None:
    shop = counter.shop
    order = drink_and_croissant(counter, if_unavailable={"do": "refund_line"})
    rejected = shop.client.post(
        f"/v1/orders/{order['id']}/rejections",
        json={"lines": [2], "reason": "The oven broke"},
        headers=shop.barista | {"Idempotency-Key": str(uuid4())},
    )
    assert rejected.status_code == 200, rejected.text

    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert states(ticket) == {(1, "bar"): "waiting"}
    assert ticket["lines"][1]["struck_at"] is not None
    for there_before in ({"position": 2}, {"station": "oven"}):
        late = counter.bump(order["id"], **there_before)
        assert (late.status_code, late.json["type"]) == (409, "/problems/lines-changed")
        assert late.json["positions"] == [2]
    assert counter.bump(order["id"], position=1).json["ticket"]["state"] == "ready"


def test_an_order_nobody_came_for_is_shown_until_seen_and_made_once_more_from_the_beginning(counter: Counter) -> None:
    shop = counter.shop
    order = drink_and_croissant(counter, pickup={"if_not_collected": "remake_once"})
    counter.bump(order["id"])
    order_actions.settle_no_show(shop.session, order_id=UUID(order["id"]), now=clock.now() + timedelta(hours=1))
    shop.session.commit()
    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert (ticket["state"], ticket["void"] is not None) == ("no_show", True)

    remade = shop.client.post(
        f"/v1/orders/{order['id']}/remake", headers=shop.customer | {"Idempotency-Key": str(uuid4())}
    )

    assert remade.status_code in {200, 201}, remade.text
    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert ticket["void"] is None
    assert states(ticket) == {(1, "bar"): "waiting", (2, "oven"): "waiting"}


def test_what_ended_before_it_was_fired_never_was_on_the_queue(counter: Counter) -> None:
    order = counter.shop.placed()
    counter.shop.cancel(order["id"])

    assert counter.tickets() == []


def test_an_urgent_ticket_says_so_until_it_is_urgent_no_more(counter: Counter) -> None:
    order = counter.fired()
    path = f"{counter.path}/queue/{order['id']}/rush"

    def rush(method: str) -> Any:
        return counter.shop.client.open(path, method=method, headers=counter.barista)

    urgent, again = rush("PUT"), rush("PUT")
    assert (urgent.json["rush"], again.json["version"]) == (True, urgent.json["version"])
    assert counter.tickets()[0]["rush"] is True
    assert rush("DELETE").json["rush"] is False
    counter.bump(order["id"])
    counter.shop.move(order["id"], "picked_up")
    assert rush("PUT").status_code == 409
    missing = counter.shop.client.put(f"{counter.path}/queue/{uuid4()}/rush", headers=counter.barista)
    assert missing.status_code == 404


@pytest.mark.parametrize("kind", ["bump", "start", "recall"])
def test_only_the_stores_own_staff_may_touch_its_queue(counter: Counter, kind: str) -> None:
    shop, order = counter.shop, counter.fired()

    assert counter.touch(kind, order["id"], headers={"X-Nobody": "1"}).status_code == 401
    assert counter.touch(kind, order["id"], headers=shop.customer).status_code == 403
    assert counter.touch(kind, order["id"], headers=shop.stranger).status_code == 403
    assert counter.touch(kind, str(uuid4())).status_code == 404
    assert counter.undo(str(uuid4()), headers=shop.customer).status_code == 403
    assert counter.tickets()[0]["state"] == "fired"


def test_another_stores_order_is_not_found(counter: Counter) -> None:
    other = Shop(counter.shop.app, counter.shop.session)
    order = Counter(other).fired()

    assert counter.bump(order["id"]).status_code == 404


# ---- races


def at_once(counter: Counter, order_id: str) -> list[Any]:
    """Bump the same line on many screens at the same time."""
    start = Barrier(SCREENS)

    def bump(_: int) -> Any:
        start.wait(10)
        return counter.bump(order_id, position=1)

    with ThreadPoolExecutor(SCREENS) as screens:
        return list(screens.map(bump, range(SCREENS)))


def effects(counter: Counter) -> int:
    """Return how many bumps had an effect."""
    with counter.shop.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Bump)) or 0


def test_one_line_bumped_on_eight_screens_at_once_is_one_effect(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    before = counter.ticket(order["id"])
    assert before is not None

    answers = at_once(counter, order["id"])

    assert [answer.status_code for answer in answers] == [200] * SCREENS
    assert sum(answer.json["changed"] for answer in answers) == 1
    assert effects(counter) == 1
    assert {answer.json["version"] for answer in answers} == {before["version"] + 1}


@pytest.mark.broken_on_purpose
def test_control_screens_that_do_not_look_what_was_done_bump_it_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: rows are taken for waiting whatever was done to them."""
    order = drink_and_croissant(counter)
    real = rules.rows_of
    monkeypatch.setattr(rules, "rows_of", lambda lines, kept, state: real(lines, {}, state))

    at_once(counter, order["id"])

    assert effects(counter) > 1


def test_the_database_itself_refuses_a_line_done_by_nobody(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    counter.bump(order["id"], position=1)

    with pytest.raises(sa.exc.IntegrityError, match="done_has_person"):
        counter.shop.session.execute(sa.update(LineStation).values(done_by=None))
    counter.shop.session.rollback()


def test_a_line_that_takes_anothers_place_is_made_anew(counter: Counter) -> None:
    shop = counter.shop
    choice = {"do": "closest", "substitutes": [shop.line(size_id=str(shop.large))], "avoid": []}
    order = counter.fired(shop.line(size_id=str(shop.large), modifiers=[{"option_id": str(shop.oat)}],
                                    if_unavailable=choice), shop.line(shop.croissant))  # fmt: skip
    counter.bump(order["id"], position=1)

    answer = shop.reject(order["id"], 1)

    assert answer.json["lines"][0]["change"]["kind"] == "substituted"
    ticket = counter.ticket(order["id"])
    assert ticket is not None
    assert states(ticket) == {(1, "bar"): "waiting", (2, "oven"): "waiting"}


@pytest.mark.parametrize("kind", ["bump", "start", "recall"])
@pytest.mark.parametrize("touched", [{}, {"position": 1}, {"station": "bar"}, {"position": 2}])
def test_a_tap_about_lines_as_they_were_ticks_off_nothing_that_took_their_place(
    counter: Counter, kind: str, touched: dict[str, Any]
) -> None:
    """As one that a screen kept while it was offline: what was made is not what is there now."""
    shop = counter.shop
    choice = {"do": "closest", "substitutes": [shop.line(size_id=str(shop.large))], "avoid": []}
    oat = shop.line(size_id=str(shop.large), modifiers=[{"option_id": str(shop.oat)}], if_unavailable=choice)
    order = counter.fired(oat, shop.line(shop.croissant))
    was = counter.ticket(order["id"])
    assert was is not None
    shop.reject(order["id"], 1)

    late = counter.touch(kind, order["id"], lines_since=was["lines_since"], **touched)

    assert (late.status_code, late.json["type"], late.json["positions"]) == (409, "/problems/lines-changed", [1])
    now = counter.ticket(order["id"])
    assert now is not None
    assert set(states(now).values()) == {"waiting"}
    read_again = counter.touch(kind, order["id"], lines_since=now["lines_since"], **touched)
    assert read_again.status_code == 200


def test_what_is_said_of_lines_that_stand_is_done_however_often_they_are_touched(counter: Counter) -> None:
    order = drink_and_croissant(counter)
    ticket = counter.ticket(order["id"])
    assert ticket is not None

    for position in (1, 2):
        bumped = counter.bump(order["id"], position=position, lines_since=ticket["lines_since"])
        assert bumped.json["changed"] is True
    assert counter.touch("recall", order["id"], lines_since=ticket["lines_since"]).json["changed"] is True
