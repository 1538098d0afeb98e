"""What fills the fields of an order beside its lines: what the request says, else what its customer said before where
the store offers it, else the store (docs/preferences.md). Quotes are filled by it, and explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ...errors import Invalid
from ...sources import CHOSEN, STORE_DEFAULT, Source
from .alias import check_alias
from .choices import HELD_TRIGGERS, IF_NOT_COLLECTED, REMEDIES
from .said import Said, Spoken

OTHERWISE = "you_chose_otherwise"
NOT_OFFERED = "not_offered"


class Passed(NamedTuple):
    """Something that the customer said before, and why it doesn't fill the field."""

    source: Source
    why: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A field's value, who filled it, and what could have and didn't."""

    value: Any
    source: Source
    passed: tuple[Passed, ...] = ()


def pickup_method(chosen: str | None, said: Said, offered: Sequence[str]) -> Filled:
    """Return how an order is picked up, of what the store offers, its own way first. Raises Invalid."""
    if chosen is not None and chosen not in offered:
        raise Invalid({"pickup.method": [f"This store offers {', '.join(offered)}."]})
    return _filled(chosen, said.of("pickup_method"), "method", offered[0], offered)


def call_name(chosen: str | None, said: Said) -> Filled | None:
    """Return the name to call out, None for none: the code alone. Raises Invalid."""
    spoken = said.of("call_name")
    if chosen is None and spoken is None:
        return None
    found = _filled(chosen, spoken, "name", None)
    return Filled(check_alias(found.value), found.source, found.passed)


def if_not_collected(chosen: str | None, said: Said) -> Filled:
    """Return what happens to an order that stands ready and isn't picked up."""
    return _filled(chosen, said.of("no_show"), "do", IF_NOT_COLLECTED[0])


def remedy(chosen: str | None, said: Said) -> Filled:
    """Return what a missed promise gives."""
    return _filled(chosen, said.of("remedy"), "kind", REMEDIES[0])


def _filled(
    chosen: str | None, spoken: Spoken | None, name: str, default: str | None, offered: Collection[str] | None = None
) -> Filled:
    if spoken is None:
        return Filled(default, STORE_DEFAULT) if chosen is None else Filled(chosen, CHOSEN)
    before = spoken.value[name]
    if offered is not None and before not in offered:
        passed = (Passed(spoken.source, NOT_OFFERED),)
        return Filled(default, STORE_DEFAULT, passed) if chosen is None else Filled(chosen, CHOSEN, passed)
    if chosen is not None:
        return Filled(chosen, CHOSEN, (Passed(spoken.source, OTHERWISE),))
    return Filled(before, spoken.source)


def fire(chosen: Mapping[str, Any] | None, wanted_at: datetime | None, said: Said) -> Filled:
    """Return when the store starts (`trigger`, `minutes`, `if_latest`). What the customer said before holds where the
    order names neither a trigger nor a time. Raises Invalid."""
    spoken = said.of("fire_trigger")
    if chosen is None and wanted_at is None and spoken is not None:
        return Filled(_fire(**spoken.value), spoken.source)
    passed = (Passed(spoken.source, OTHERWISE),) if spoken is not None else ()
    if chosen is None:
        return Filled(_fire("asap" if wanted_at is None else "for_window"), STORE_DEFAULT, passed)
    asked = _fire(chosen["trigger"], chosen.get("minutes"), chosen.get("if_latest"))
    _check_fire(**asked, wanted_at=wanted_at)
    return Filled(asked, CHOSEN, passed)


def _fire(trigger: str, minutes: int | None = None, if_latest: str | None = None) -> dict[str, Any]:
    return {"trigger": trigger, "minutes": minutes, "if_latest": if_latest}


def _check_fire(trigger: str, minutes: int | None, if_latest: str | None, wanted_at: datetime | None) -> None:
    wrong = {
        "fire.trigger": {
            "Choose the window in pickup.at.": trigger == "for_window" and wanted_at is None,
            "With pickup.at the store starts for that window.": trigger != "for_window" and wanted_at is not None,
        },
        "fire.minutes": {
            "Only an order that starts when you are on your way has minutes.": minutes is not None
            and trigger != "on_my_way",
        },
        "fire.if_latest": {
            "Only an order that waits for your tap can wait too long.": if_latest is not None
            and trigger not in HELD_TRIGGERS,
            "Say what happens if you never tap: fire or cancel.": if_latest is None and trigger in HELD_TRIGGERS,
        },
    }
    found = {field: [text for text, is_so in texts.items() if is_so] for field, texts in wrong.items()}
    if any(found.values()):
        raise Invalid({field: texts for field, texts in found.items() if texts})


AT_PICKUP = Filled([{"kind": "pay_at_pickup"}], STORE_DEFAULT)
"""How an order is paid where nobody said anything."""


def tenders(chosen: Sequence[Mapping[str, Any]] | None, said: Said) -> Filled | None:
    """Return who pays the order, in their order; None where nobody said: it is paid at pickup."""
    spoken = said.of("tender_order")
    if chosen is None:
        return None if spoken is None else Filled(spoken.value["tenders"], spoken.source)
    return Filled(list(chosen), CHOSEN, (Passed(spoken.source, OTHERWISE),) if spoken is not None else ())


def tip(chosen: Mapping[str, Any] | None, said: Said, currency: str | None) -> Filled | None:
    """Return the tip, None where nobody gave any. One that was said in another currency doesn't fill it (None: any)."""
    spoken = said.of("default_tip")
    if chosen is not None:
        return Filled(dict(chosen), CHOSEN, (Passed(spoken.source, OTHERWISE),) if spoken is not None else ())
    if spoken is None or (currency is not None and spoken.value.get("currency") not in (None, currency)):
        return None
    return Filled(spoken.value, spoken.source)


def price_ceiling(chosen: Mapping[str, Any] | None, said: Said) -> Filled | None:
    """Return the most that the order may cost without another yes, None where nobody named any. What the basket says
    goes before what the customer says of every order."""
    spoken = said.of("price_ceiling")
    most = chosen if chosen is not None else spoken.value if spoken is not None else None
    if most is None:
        return None
    amount = {"amount_minor": most["amount_minor"], "currency": most["currency"]}
    if chosen is None and spoken is not None:
        return Filled(amount, spoken.source)
    return Filled(amount, CHOSEN, (Passed(spoken.source, OTHERWISE),) if spoken is not None else ())
