"""HTTP of preferences."""

from .lists import my_lists
from .passport import carried
from .said import catalogue, mine
from .usuals import usuals

blueprints = (catalogue, mine, carried, my_lists, usuals)
