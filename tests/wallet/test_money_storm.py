"""A storm over loads, orders, split tenders, tips, refunds, transfers, gifts and cash-outs, with banks that time out
and tell everything twice: after it the audit finds nothing, and every card, order and star agrees.

The seed is printed; the campaign runs more of them, and longer. A longer one: MONEY_STORM_SEEDS=20.
"""

from __future__ import annotations

import os

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge

from .storm_proof import faults_of
from .storm_steps import WAYS, Life
from .storming import Storm, World

SEEDS = int(os.environ.get("MONEY_STORM_SEEDS", "3"))


def rage(app: Edge, session: Session, seed: int, *, steps: int, seconds: float = 600) -> World:
    """Let a storm rage, and return the world after it."""
    print(f"seed {seed}")  # noqa: T201
    world = World(app, session, seed)
    Storm(world, Life, WAYS).rage(steps=steps, seconds=seconds)
    print("\n".join(f"{count:5} {what}" for what, count in sorted(world.did.items())))  # noqa: T201
    print("run again:", dict(world.again))  # noqa: T201
    print("\n".join(world.broken[:3]))  # noqa: T201
    return world


def test_after_a_storm_of_money_the_audit_finds_nothing(app: Edge, session: Session) -> None:
    world = rage(app, session, 1, steps=30)
    assert world.broken == []
    assert faults_of(app) == []


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(2, 2 + SEEDS))
def test_a_campaign_of_money_storms(app: Edge, session: Session, seed: int) -> None:
    world = rage(app, session, seed, steps=100_000, seconds=float(os.environ.get("MONEY_STORM_SECONDS", "100")))
    assert world.broken == []
    assert faults_of(app) == []
