"""HTTP of the queue and of the board."""

from .boards import boards
from .bumps import bumps
from .pages import pages
from .queue import queue
from .walk_ins import walk_ins

blueprints = [queue, bumps, walk_ins, boards]

__all__ = ["blueprints", "pages"]
