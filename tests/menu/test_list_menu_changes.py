"""GET /v1/stores/{store_id}/menu/changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.menu import actions, queries, schemas
from service.menu.rules import ChainMenu

from ..factories import NOW, make_menu, make_store, small_chain_menu


@pytest.fixture
def changes(client: FlaskClient) -> Any:
    """Ask what changed."""

    def changes(store: Any, since: Any, **query: Any) -> Any:
        return client.get(f"/v1/stores/{store.id}/menu/changes", query_string={"since": since, **query})

    return changes


def _load(session: Session, chain: ChainMenu, **options: Any) -> None:
    actions.load_menu(session, chain, now=NOW, **options)
    session.commit()


def test_a_fresh_copy_has_nothing_to_take_in(session: Session, changes: Any) -> None:
    make_menu(session)
    store = make_store(session)
    version = queries.version(session, store_id=store.id)

    answer = changes(store, version)

    assert answer.json == {"data": [], "next_cursor": str(version), "has_more": False}


def test_a_renamed_item_comes_as_it_stands_now(session: Session, changes: Any) -> None:
    small, store = make_menu(session), make_store(session)
    version = queries.version(session, store_id=store.id)
    make_menu(session, name="Long black")

    answer = changes(store, version)

    assert schemas.MenuChangesSchema().validate(answer.json) == {}
    (entry,) = answer.json["data"]
    assert (entry["kind"], entry["id"], entry["change"]) == ("item", str(small.americano), "upserted")
    assert entry["item"]["name"] == "Long black"
    assert changes(store, answer.json["next_cursor"]).json["data"] == []


def test_a_changed_group_comes_as_every_item_that_has_it(session: Session, changes: Any) -> None:
    small, store = make_menu(session), make_store(session)
    version = queries.version(session, store_id=store.id)
    chain = small_chain_menu()
    dust = replace(chain.groups[3], max=3)  # nested under the topping
    _load(session, replace(chain, groups=(*chain.groups[:3], dust, *chain.groups[4:])))

    entries = changes(store, version).json["data"]

    assert [(entry["id"], entry["change"]) for entry in entries] == [(str(small.americano), "upserted")]


def test_what_left_the_menu_comes_as_a_tombstone(session: Session, changes: Any) -> None:
    small, store = make_menu(session), make_store(session)
    version = queries.version(session, store_id=store.id)
    chain = small_chain_menu()
    _load(session, replace(chain, items=chain.items[:1], categories=chain.categories[:1]), remove_missing=True)

    entries = changes(store, version).json["data"]

    assert {"kind": "item", "id": str(small.croissant), "change": "removed", "item": None} in entries
    assert [entry["change"] for entry in entries] == ["removed", "removed"]


def test_a_sold_out_option_comes_as_its_items_and_only_at_its_store(session: Session, changes: Any) -> None:
    small, here, there = make_menu(session), make_store(session), make_store(session)
    version = queries.version(session, store_id=here.id)
    actions.mark_sold_out(session, store_id=here.id, kind="option", subject_id=small.cocoa, until=None, now=NOW)
    session.commit()

    (entry,) = changes(here, version).json["data"]

    assert entry["id"] == str(small.americano)
    assert changes(there, version).json["data"] == []


def test_pages_go_on_until_there_is_no_more(session: Session, changes: Any) -> None:
    make_menu(session)
    store = make_store(session)
    seen, since, more = [], "0", True
    while more:
        page = changes(store, since, limit=1).json
        seen += [entry["id"] for entry in page["data"]]
        since, more = page["next_cursor"], page["has_more"]

    assert len(seen) == len(set(seen)) == 4  # two categories, two items


@pytest.mark.parametrize("since", ["-1", "soon", "1e3", str(2**63), ""])
def test_a_cursor_that_was_never_given_is_refused(session: Session, changes: Any, since: str) -> None:
    answer = changes(make_store(session), since)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["since"])


def test_an_unknown_store_has_no_changes(client: FlaskClient, session: Session) -> None:
    assert client.get(f"/v1/stores/{uuid4()}/menu/changes?since=0").status_code == 404
