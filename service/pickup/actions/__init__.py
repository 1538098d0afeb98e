"""Changes of the queue: bump, start, recall, undo, rush, voids, its settings, links to the board."""

from .boards import make_board_link, revoke_board_link
from .bumps import touch_ticket, undo_bump
from .lines import follow_lines
from .marks import follow_order, rush_order
from .settings import set_queue_settings
from .walk_ins import register_walk_in, show_card

__all__ = [
    "follow_lines",
    "follow_order",
    "make_board_link",
    "register_walk_in",
    "revoke_board_link",
    "rush_order",
    "set_queue_settings",
    "show_card",
    "touch_ticket",
    "undo_bump",
]
