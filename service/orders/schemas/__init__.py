"""The wire of orders."""

from .again import QuoteAgainAnswerSchema
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
    QuoteAgainSchema,
    RefundOrderSchema,
    RejectLinesSchema,
)
from .shown import (
    ChangedOrderSchema,
    OrderSchema,
    PickupTimesSchema,
    PromiseLedgerSchema,
    QuoteSchema,
    ReceiptSchema,
    RefundSchema,
)
from .standing import (
    SayStandingOrderSchema,
    SkipDaySchema,
    StandingOrderSchema,
    StandingOrdersSchema,
    UpcomingQuery,
    UpcomingSchema,
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
    "PickupTimesQuery",
    "PickupTimesSchema",
    "PlaceOrderSchema",
    "PromiseLedgerSchema",
    "QuoteAgainAnswerSchema",
    "QuoteAgainSchema",
    "QuoteSchema",
    "ReceiptSchema",
    "RefundOrderSchema",
    "RefundSchema",
    "RejectLinesSchema",
    "SayStandingOrderSchema",
    "SkipDaySchema",
    "StandingOrderSchema",
    "StandingOrdersSchema",
    "UpcomingQuery",
    "UpcomingSchema",
]
