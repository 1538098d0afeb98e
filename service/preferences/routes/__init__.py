"""HTTP of preferences."""

from .preferences import catalogue, mine, my_lists
from .usuals import usuals

blueprints = (catalogue, mine, my_lists, usuals)
