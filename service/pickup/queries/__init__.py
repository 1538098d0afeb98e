"""Reads of the queue and of the board."""

from .boards import board_link, board_links, standing_links
from .feed import board_of, check_of, tickets_of
from .queue import (
    all_day_counts,
    at_station,
    queue_version,
    recallable_tickets,
    ticket_of,
    ticket_of_walk_in,
    tickets_page,
)
from .rows import kept_rows, rows_of_lines, rows_to_make
from .settings import queue_settings

__all__ = [
    "all_day_counts",
    "at_station",
    "board_link",
    "board_links",
    "board_of",
    "check_of",
    "kept_rows",
    "queue_settings",
    "queue_version",
    "recallable_tickets",
    "rows_of_lines",
    "rows_to_make",
    "standing_links",
    "ticket_of",
    "ticket_of_walk_in",
    "tickets_of",
    "tickets_page",
]
