"""The wire of orders."""

from .asked import (
    AnswerAskSchema,
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
from .shown import (
    ChangedOrderSchema,
    OrderSchema,
    PickupTimesSchema,
    QuoteSchema,
    ReceiptSchema,
    RefundSchema,
)

__all__ = [
    "AnswerAskSchema",
    "CancelOrderSchema",
    "ChangeOrderSchema",
    "ChangedOrderSchema",
    "ChangesQuery",
    "MakeQuoteSchema",
    "MoveOrderSchema",
    "OrderSchema",
    "PickupTimesQuery",
    "PickupTimesSchema",
    "PlaceOrderSchema",
    "QuoteSchema",
    "ReceiptSchema",
    "RefundOrderSchema",
    "RefundSchema",
    "RejectLinesSchema",
]
