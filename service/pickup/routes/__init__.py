"""HTTP of the queue and of the board."""

from .boards import boards
from .bumps import bumps
from .pages import pages
from .queue import queue

blueprints = [queue, bumps, boards]

__all__ = ["blueprints", "pages"]
