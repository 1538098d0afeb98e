"""HTTP of loyalty."""

from .cards import cards
from .claims import claims, my_claims
from .gifts import gifts
from .membership import membership
from .mergers import mergers
from .mine import ledger
from .pools import pools
from .programme import programme, rewards
from .redemptions import redemptions

blueprints = (programme, rewards, membership, ledger, redemptions, gifts, pools, my_claims, claims, mergers, cards)
