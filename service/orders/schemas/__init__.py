"""The wire of orders."""

from .asked import (
    AnswerAskSchema,
    ArriveSchema,
    CancelOrderSchema,
    ChangeOrderSchema,
    ChangesQuery,
    MakeQuoteSchema,
    MoveOrderSchema,
    PickupTimesQuery,
    PlaceOrderSchema,
    RefundOrderSchema,
    RejectLinesSchema,
)
from .pick_up import PickupSchema
from .receipt import ReceiptSchema, RefundSchema
from .shown import (
    ChangedOrderSchema,
    OrderSchema,
    PickupTimesSchema,
    PromiseLedgerSchema,
    QuoteSchema,
)

__all__ = [
    "AnswerAskSchema",
    "ArriveSchema",
    "CancelOrderSchema",
    "ChangeOrderSchema",
    "ChangedOrderSchema",
    "ChangesQuery",
    "MakeQuoteSchema",
    "MoveOrderSchema",
    "OrderSchema",
    "PickupSchema",
    "PickupTimesQuery",
    "PickupTimesSchema",
    "PlaceOrderSchema",
    "PromiseLedgerSchema",
    "QuoteSchema",
    "ReceiptSchema",
    "RefundOrderSchema",
    "RefundSchema",
    "RejectLinesSchema",
]
