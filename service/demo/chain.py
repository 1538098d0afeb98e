"""The invented chain's stores and people. Passwords are public: for a demo only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["barista", "manager"]

CHAIN = "Copperlark Coffee"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStore:
    """A store as `stores.actions.open_store` takes it; `key` names it in e-mail addresses."""

    key: str
    number: str
    name: str
    street: str
    city: str
    country: str
    postcode: str
    phone: str
    latitude: float
    longitude: float
    timezone: str
    currency: str
    hours: str
    stations: Mapping[str, int]
    tax_rates: Mapping[str, int]
    tax_inclusive: bool
    pickup_methods: tuple[str, ...]
    state: str | None = None
    lead_minutes: int = 3
    cutoff_minutes: int = 10
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Someone who can sign in; `roles` are by store key."""

    email: str
    password: str
    name: str
    language: str = "en"
    is_operator: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)


REMEDIES = [
    {"late_minutes": 0, "percent": 10, "most_minor": 300},
    {"late_minutes": 5, "percent": 25, "most_minor": 500},
    {"late_minutes": 15, "percent": 100, "most_minor": 1_000},
]
"""What a missed promise gives at every store of the chain."""

STORES = (
    DemoStore(
        key="pier",
        number="CL-001",
        name="Copperlark Harbor Pier",
        street="18 Lantern Pier",
        city="New York",
        state="NY",
        country="US",
        postcode="10004",
        phone="+12125550118",
        latitude=40.7033,
        longitude=-74.0170,
        timezone="America/New_York",
        currency="USD",
        hours="24/7",
        cutoff_minutes=0,
        stations={"bar": 3, "oven": 2, "cold": 2},
        tax_rates={"standard": 888, "prepared": 888, "grocery": 0},
        tax_inclusive=False,
        pickup_methods=("counter", "shelf", "curbside"),
        notice="Never closed: ring the brass bell after midnight.",
    ),
    DemoStore(
        key="orchard",
        number="CL-002",
        name="Copperlark Orchard Corner",
        street="204 Pear Tree Avenue",
        city="New York",
        state="NY",
        country="US",
        postcode="10023",
        phone="+12125550142",
        latitude=40.7789,
        longitude=-73.9820,
        timezone="America/New_York",
        currency="USD",
        hours="Mo-Fr 06:30-20:00; Sa-Su 07:30-19:00; Dec 25 off; PH 08:00-16:00",
        stations={"bar": 2, "oven": 1, "cold": 1},
        tax_rates={"standard": 888, "prepared": 888, "grocery": 0},
        tax_inclusive=False,
        pickup_methods=("counter", "curbside"),
    ),
    DemoStore(
        key="foundry",
        number="CL-101",
        name="Copperlark Foundry Yard",
        street="7 Bellfounder's Yard",
        city="London",
        country="GB",
        postcode="SE1 9ZZ",
        phone="+442079460118",
        latitude=51.5045,
        longitude=-0.0953,
        timezone="Europe/London",
        currency="GBP",
        hours="Mo-Th 06:30-19:00; Fr 06:30-23:00; Sa 08:00-24:00; Su 09:00-18:00; PH 09:00-17:00; Dec 25 off",
        stations={"bar": 2, "oven": 1, "cold": 1},
        tax_rates={"standard": 2000, "prepared": 2000, "grocery": 0},
        tax_inclusive=True,
        pickup_methods=("counter", "shelf"),
    ),
    DemoStore(
        key="landing",
        number="CL-201",
        name="Copperlark Boat Landing",
        street="3 Jetty Road",
        city="Waitangi",
        country="NZ",
        postcode="8016",
        phone="+6433050118",
        latitude=-43.9535,
        longitude=-176.5597,
        timezone="Pacific/Chatham",
        currency="NZD",
        hours="Mo-Fr 07:00-17:30; Sa-Su,PH 08:00-16:00; Dec 25 off",
        stations={"bar": 1, "oven": 1, "cold": 1},
        tax_rates={"standard": 1500, "prepared": 1500, "grocery": 1500},
        tax_inclusive=True,
        pickup_methods=("counter",),
        notice="The weekend opens here first: Chatham time is 45 minutes ahead of the mainland.",
    ),
)


def _staff() -> tuple[DemoPerson, ...]:
    names = {
        "pier": ("Ines Okafor", "Walter Lindqvist"),
        "orchard": ("Tomas Bellweather", "Grace Amankwah"),
        "foundry": ("Priya Hollins", "Owen Castellane"),
        "landing": ("Mere Tautahi", "Lars Penhaligon"),
    }
    people = []
    for store in STORES:
        barista, manager = names[store.key]
        for role, name in (("barista", barista), ("manager", manager)):
            people.append(
                DemoPerson(
                    email=f"{role}.{store.key}@copperlark.example",
                    password=f"{role} {store.key} lanterns marmalade",
                    name=name,
                    roles={store.key: role},  # type: ignore[dict-item]
                )
            )
    return tuple(people)


PEOPLE = (
    DemoPerson(
        email="operator@copperlark.example",
        password="operator compass thunder saucer",
        name="Adaeze Fontaine",
        is_operator=True,
    ),
    *_staff(),
    DemoPerson(email="maya@customers.example", password="seven copper kettles singing", name="Maya Brandt"),
    DemoPerson(email="jonah@customers.example", password="quiet window seat by noon", name="Jonah Whitlock"),
    DemoPerson(
        email="sofia@customers.example", password="umbrellas drift past orchards", name="Sofía Arrieta", language="es"
    ),
)
"""Three of them customers; the last ones."""

TOLD = "maya@customers.example"
TOLD_MOMENTS = (
    "started", "ready", "window_moved", "question", "ended", "standing_asked", "stars_expiring", "reload_failed",
)  # fmt: skip
"""Who has said that they want to be told, and of what."""
