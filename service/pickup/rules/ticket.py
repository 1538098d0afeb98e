"""What a ticket shows: an order as those read it who make it and hand it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...orders.rules.declined import for_others
from ...orders.rules.states import IN_QUEUE, State, next_actions
from ...orders.rules.tenders import Tender, due_at_pickup
from ...sources import is_the_customers
from .rows import RowState, lines_since, rows_of


def ticket_document(
    order: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    stations: Mapping[tuple[int, str], Mapping[str, Any]],
    mark: Mapping[str, Any] | None,
    tenders: Sequence[Tender],
) -> dict[str, Any]:
    """Return the ticket of an order: its lines with the whole modifier tree, and where each stands at its stations.

    `lines` have position, quantity, refunded_quantity, work, struck_at and document (the line as it was sold);
    `stations` what was done, by position and station; `tenders` who pays, none where all is paid at pickup.
    """
    state = State(order["state"])
    kept = {key: row["state"] for key, row in stations.items()}
    rows = rows_of(((line["position"], line["work"]) for line in lines if line["struck_at"] is None), kept, state)
    at_stations: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        done = stations.get((row.position, row.station), {})
        starts_at = order["making"]["station_starts"].get(row.station)
        at_stations.setdefault(row.position, []).append(
            {
                "station": row.station,
                "state": row.state.value,
                "starts_at": starts_at,
                "started_at": done.get("started_at"),
                "done_at": done.get("done_at") if row.state is RowState.DONE else None,
            }
        )
    is_void = state not in IN_QUEUE and order["fired_at"] is not None
    return {
        "kind": "order",
        "order_id": str(order["id"]),
        "walk_in_id": None,
        "code": order["code"],
        "alias": order["alias"],
        "version": order["version"],
        "state": state.value,
        "method": order["pickup_method"],
        "rush": bool(mark and mark["rushed_at"] is not None),
        "arrived_at": order["arrived_at"],
        "fire_at": order["fire_at"],
        "fired_at": order["fired_at"],
        "due_at": order["window_starts_at"],
        "promise": {"window_starts_at": order["window_starts_at"], "window_ends_at": order["window_ends_at"]},
        "ready_at": order["ready_at"],
        "void": {"at": order["ended_at"], "reason": for_others(order["end_reason"])} if is_void else None,
        "to_pay": {
            "amount_minor": due_at_pickup(order, tenders),
            "currency": order["currency"],
        },
        "lines_since": lines_since(order["fired_at"], [line["document"] for line in lines]),
        "lines": [line_document(line, at_stations.get(line["position"], [])) for line in lines],
        "next_actions": next_actions("staff", state),
    }


def line_document(line: Mapping[str, Any], stations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a line as the ticket shows it, with where it stands at its stations."""
    sold = line["document"]
    return {
        "position": line["position"],
        "quantity": line["quantity"],
        "refunded_quantity": line["refunded_quantity"],
        "struck_at": line["struck_at"],
        "item": {"id": sold["item"]["id"], "name": sold["item"]["name"]},
        "size": {"name": sold["size"]["name"], "is_chosen": is_the_customers(sold["size"]["source"])},
        "modifiers": list(_modifiers(sold["modifiers"], 1, 0)),
        "without": sold.get("without", []),
        "note": sold["note"],
        "contains": sold["contains"],
        "may_contain": sold["may_contain"],
        "overrides": [
            {name: each[name] for name in ("avoided", "kind", "how", "part")} for each in sold.get("overrides", ())
        ],
        "stations": stations,
    }


def _modifiers(modifiers: Sequence[Mapping[str, Any]], times: int, depth: int) -> Iterable[dict[str, Any]]:
    """Give the tree in reading order; what stands under three of something counts three times."""
    for modifier in modifiers:
        quantity = modifier["quantity"] * times
        yield {
            "name": modifier["option"]["name"],
            "group": modifier["group"]["name"],
            "quantity": quantity,
            "text": modifier["text"],
            "is_chosen": is_the_customers(modifier["source"]),
            "depth": depth,
        }
        yield from _modifiers(modifier["modifiers"], quantity, depth + 1)


def is_at(ticket: Mapping[str, Any], station: str) -> bool:
    """Tell whether something of the ticket is still to be made at the station, or was and is void."""
    return any(
        row["station"] == station and (row["state"] != RowState.DONE or ticket["void"])
        for line in ticket["lines"]
        for row in line["stations"]
    )


def last_done_at(ticket: Mapping[str, Any]) -> Any:
    """Return when something of the ticket was last bumped, or it became ready; None where nothing was."""
    instants = [row["done_at"] for line in ticket["lines"] for row in line["stations"] if row["done_at"]]
    return max([*instants, *([ticket["ready_at"]] if ticket["state"] == State.READY else [])], default=None)


def all_day(tickets: Iterable[Mapping[str, Any]], station: str | None) -> list[dict[str, Any]]:
    """Count what is still to be made, by item, size and modifiers; the most first."""
    counts: dict[tuple[Any, ...], int] = {}
    for ticket in tickets:
        if ticket["void"]:
            continue
        for line in ticket["lines"]:
            is_open = any(
                row["state"] != RowState.DONE and station in {None, row["station"]} for row in line["stations"]
            )
            if is_open and line["item"] is not None:
                made = _recipe(line)
                counts[made] = counts.get(made, 0) + line["quantity"]
    found = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0][:3]))
    return [
        {
            "quantity": quantity,
            "item": {"id": item_id, "name": name},
            "size": size,
            "modifiers": [f"{units} × {option}" if units > 1 else option for option, units in modifiers],
            "without": list(without),
        }
        for (name, size, item_id, modifiers, without), quantity in found
    ]


def _recipe(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        line["item"]["name"],
        line["size"]["name"],
        line["item"]["id"],
        tuple(
            (f"{modifier['name']}: {modifier['text']}" if modifier["text"] else modifier["name"], modifier["quantity"])
            for modifier in line["modifiers"]
        ),
        tuple(line["without"]),
    )
