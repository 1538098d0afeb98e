"""Changes of the programme, of memberships and of stars."""

from .award import award, give_stars, has_earned, reverse
from .cards import (
    earn_by_card,
    end_card,
    find_sales_with,
    forget_shown,
    make_card,
    show_card,
    take_back_by_card,
)
from .claims import answer_claim, claim_stars, find_receipts_with
from .forget import forget_order, forget_what_is_over
from .gifts import accept_gift, due_gifts, offer_gift, refuse_gift, return_gift, take_back_gift
from .membership import join, leave, opt_in, opt_out
from .mergers import consent_to_merger, merge, preview_merger, withdraw_consent
from .policy import do_before_expiry, due_expiries, expire_stars, lock_owner, take_out_of_pool
from .pools import change_cap, invite, join_pool, leave_pool, make_pool
from .previews import preview_redemption
from .publish import publish_programme
from .redeem import cancel_redemption, lock_rewards, redeem, redeem_from, reserve_reward, return_rewards, use_rewards

__all__ = [
    "accept_gift",
    "answer_claim",
    "award",
    "cancel_redemption",
    "change_cap",
    "claim_stars",
    "consent_to_merger",
    "do_before_expiry",
    "due_expiries",
    "due_gifts",
    "earn_by_card",
    "end_card",
    "expire_stars",
    "find_receipts_with",
    "find_sales_with",
    "forget_order",
    "forget_shown",
    "forget_what_is_over",
    "give_stars",
    "has_earned",
    "invite",
    "join",
    "join_pool",
    "leave",
    "leave_pool",
    "lock_owner",
    "lock_rewards",
    "make_card",
    "make_pool",
    "merge",
    "offer_gift",
    "opt_in",
    "opt_out",
    "preview_merger",
    "preview_redemption",
    "publish_programme",
    "redeem",
    "redeem_from",
    "refuse_gift",
    "reserve_reward",
    "return_gift",
    "return_rewards",
    "reverse",
    "show_card",
    "take_back_by_card",
    "take_back_gift",
    "take_out_of_pool",
    "use_rewards",
    "withdraw_consent",
]
