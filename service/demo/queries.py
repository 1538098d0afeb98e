"""Who can sign in to the demo, and where."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ..stores import queries as store_queries
from .chain import PEOPLE, STORES, DemoPerson


def sign_ins(session: Session) -> dict[str, Any]:
    """Return the demo's `accounts` (role, email, password, name, store_ids) and `stores` (id, number, name).

    A manager or barista has one store; `store_ids` is empty for customers and for the operator, who acts everywhere.
    Both lists are empty before the demo was loaded.
    """
    ids = store_queries.stores_by_number(session, numbers=[store.number for store in STORES])
    if not ids:
        return {"accounts": [], "stores": []}
    stores = {store.key: ids[store.number] for store in STORES if store.number in ids}
    return {
        "accounts": [
            {
                "role": _role(person),
                "email": person.email,
                "password": person.password,
                "name": person.name,
                "store_ids": [stores[key] for key in person.roles if key in stores],
            }
            for person in PEOPLE
        ],
        "stores": [
            {"id": stores[store.key], "number": store.number, "name": store.name}
            for store in STORES
            if store.key in stores
        ],
    }


def _role(person: DemoPerson) -> str:
    if person.is_operator:
        return "operator"
    return next(iter(person.roles.values()), "customer")
