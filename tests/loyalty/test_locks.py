"""Members are locked before what is theirs: redemptions and gifts. Each has a control that waits in a circle."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import pytest

from service.http.edge import Edge
from service.loyalty.actions import gifts

from ..meeting import Meeting, circle
from .club import Club

redeem = import_module("service.loyalty.actions.redeem")  # the package has an action of that name


@pytest.fixture
def meeting(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Where two meet."""
    return Meeting(app, monkeypatch)


@circle
def test_cancelling_an_order_and_the_redemption_in_it_take_turns(club: Club, meeting: Meeting, circle: bool) -> None:
    """The control: a redemption that is locked before its member."""
    club.earn(12)
    redemption_id = club.redeem().json["id"]
    order = club.shop.place(club.shop.quote(rewards=[{"redemption_id": redemption_id}]).json["id"]).json
    if circle:
        meeting.patches.setattr(redeem, "lock_rewards", lambda *_: None)

    found = meeting.deadlocks(
        partial(club.send, "POST", f"/redemptions/{redemption_id}/cancellation"),
        partial(club.shop.cancel, order["id"]),
        at=[(redeem, "lock_member"), (redeem, "_in_order")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    assert club.stars() == 12
    club.expect_whole()


@circle
def test_taking_a_gift_back_and_refusing_it_take_turns(club: Club, meeting: Meeting, circle: bool) -> None:
    """The control: a gift that is locked before its giver."""
    club.earn(12)
    gift = club.send("POST", "/gifts", json={"stars": 5}).json
    if circle:
        meeting.patches.setattr(gifts, "_lock_giver", lambda *_: None)

    found = meeting.deadlocks(
        partial(club.send, "DELETE", f"/gifts/{gift['id']}"),
        partial(club.send, "POST", "/gifts/refusal", headers=club.other, json={"token": gift["token"]}),
        at=[(gifts, "lock_member"), (gifts, "_offered")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    assert club.stars() == 12
    club.expect_whole()
