"""Changes of the wallet."""

from .auto_reload import follow_removed_method, set_auto_reload, switch_off_auto_reload
from .cash_outs import cash_out, pay_out, return_part, settle_part, withdraw_cash_out
from .facts import (
    CashOutBegun,
    CashOutEnded,
    GiftCardBought,
    GiftCardClaimed,
    LoadBegun,
    LoadFailed,
    LoadSettled,
    TransferEnded,
    TransferSent,
)
from .forget import forget_order
from .gift_cards import buy_gift_card, claim_gift_card
from .loads import begin_load, fail_load, lock_load, settle_load
from .payments import follow_capture, follow_failed_refund, follow_failure, follow_refund
from .spending import (
    book_payment,
    book_refund,
    capture_hold,
    due_holds,
    expire_hold,
    give_back,
    give_remedy,
    hold,
    pay,
    release_hold,
)
from .transfers import (
    accept_transfer,
    due_transfers,
    refuse_transfer,
    return_transfer,
    send_transfer,
    withdraw_transfer,
)

__all__ = [
    "CashOutBegun",
    "CashOutEnded",
    "GiftCardBought",
    "GiftCardClaimed",
    "LoadBegun",
    "LoadFailed",
    "LoadSettled",
    "TransferEnded",
    "TransferSent",
    "accept_transfer",
    "begin_load",
    "book_payment",
    "book_refund",
    "buy_gift_card",
    "capture_hold",
    "cash_out",
    "claim_gift_card",
    "due_holds",
    "due_transfers",
    "expire_hold",
    "fail_load",
    "follow_capture",
    "follow_failed_refund",
    "follow_failure",
    "follow_refund",
    "follow_removed_method",
    "forget_order",
    "give_back",
    "give_remedy",
    "hold",
    "lock_load",
    "pay",
    "pay_out",
    "refuse_transfer",
    "release_hold",
    "return_part",
    "return_transfer",
    "send_transfer",
    "set_auto_reload",
    "settle_load",
    "settle_part",
    "switch_off_auto_reload",
    "withdraw_cash_out",
    "withdraw_transfer",
]
