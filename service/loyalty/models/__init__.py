"""Tables of loyalty."""

from .accounts import Merger, MergerConsent
from .cards import Card, CardShown
from .stars import (
    Claim,
    Gift,
    Member,
    OptIn,
    Pool,
    PoolInvitation,
    PoolMember,
    ProgrammeVersion,
    Redemption,
    RewardStock,
    StarEntry,
    StarLot,
    StarMovement,
)

__all__ = [
    "Card",
    "CardShown",
    "Claim",
    "Gift",
    "Member",
    "Merger",
    "MergerConsent",
    "OptIn",
    "Pool",
    "PoolInvitation",
    "PoolMember",
    "ProgrammeVersion",
    "Redemption",
    "RewardStock",
    "StarEntry",
    "StarLot",
    "StarMovement",
]
