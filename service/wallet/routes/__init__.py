"""HTTP of the wallet."""

from . import gift_cards, money_in_out, tills, transfers, wallet

blueprints = [
    wallet.wallet,
    money_in_out.money,
    transfers.transfers,
    gift_cards.gift_cards,
    gift_cards.mine,
    tills.tills,
]
