"""Changes of notifications: devices come and go, moments are noted, told, dropped."""

from .devices import end_push, subscribe_to_push
from .facts import NotificationDue
from .noting import note_moment
from .telling import Telling, done, give_back, take_up
from .upkeep import ended_subscriptions, forget_done, forget_subscriptions

__all__ = [
    "NotificationDue",
    "Telling",
    "done",
    "end_push",
    "ended_subscriptions",
    "forget_done",
    "forget_subscriptions",
    "give_back",
    "note_moment",
    "subscribe_to_push",
    "take_up",
]
