"""Reads of the programme, of memberships and of stars."""

from .audit import audit
from .awaited import find_open_orders_with
from .cards import shown_card, shown_cards
from .ledger import before_expiry, entries, forecast, lots_of, shown_lots, stars_expiring
from .membership import customer_of, customers_of, history_of, member_of, opted_in, shown_member, shown_tier
from .mergers import coming_over, earns, merged_into, shown_coming, shown_merger, shown_mergers, tiers_with
from .posted import CLAIMED, posted_for, posted_stars, rule_labels
from .programme import document_of, prices_of, programme_at, shown_programme, shown_rewards, versions
from .rewards import Offer, consents_beside, offer_of, reward_to_use, shown_redemption, shown_redemptions
from .sharing import (
    claim_to_answer,
    open_claims,
    shown_claim,
    shown_claims,
    shown_gift,
    shown_gifts,
    shown_pool,
    shown_pools,
)
from .standing import membership, newest_version_for, preview, promotions_of
from .statements import statement

__all__ = [
    "CLAIMED",
    "Offer",
    "audit",
    "before_expiry",
    "claim_to_answer",
    "coming_over",
    "consents_beside",
    "customer_of",
    "customers_of",
    "document_of",
    "earns",
    "entries",
    "find_open_orders_with",
    "forecast",
    "history_of",
    "lots_of",
    "member_of",
    "membership",
    "merged_into",
    "newest_version_for",
    "offer_of",
    "open_claims",
    "opted_in",
    "posted_for",
    "posted_stars",
    "preview",
    "prices_of",
    "programme_at",
    "promotions_of",
    "reward_to_use",
    "rule_labels",
    "shown_card",
    "shown_cards",
    "shown_claim",
    "shown_claims",
    "shown_coming",
    "shown_gift",
    "shown_gifts",
    "shown_lots",
    "shown_member",
    "shown_merger",
    "shown_mergers",
    "shown_pool",
    "shown_pools",
    "shown_programme",
    "shown_redemption",
    "shown_redemptions",
    "shown_rewards",
    "shown_tier",
    "stars_expiring",
    "statement",
    "tiers_with",
    "versions",
]
