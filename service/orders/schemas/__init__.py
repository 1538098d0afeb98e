"""The wire of orders."""

from .again import QuoteAgainAnswerSchema
from .asked import (
    AnswerAskSchema,
    ArriveSchema,
    CancelOrderSchema,
    ChangeOrderSchema,
    MakeQuoteSchema,
    MoveOrderSchema,
    PickupTimesQuery,
    PlaceOrderSchema,
    QuoteAgainSchema,
    RefundOrderSchema,
    RejectLinesSchema,
)
from .pick_up import PickupSchema
from .receipt import ReceiptSchema, RefundSchema
from .shown import (
    OrderChangesSchema,
    OrderSchema,
    PickupTimesSchema,
    PromiseLedgerSchema,
    QuoteSchema,
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
    "MakeQuoteSchema",
    "MoveOrderSchema",
    "OrderChangesSchema",
    "OrderSchema",
    "PickupSchema",
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
