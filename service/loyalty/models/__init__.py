"""Tables of loyalty."""

from .accounts import Merger, MergerConsent
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
