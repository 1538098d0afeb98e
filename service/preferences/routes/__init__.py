"""HTTP of preferences."""

from .preferences import catalogue, mine
from .usuals import usuals

blueprints = (catalogue, mine, usuals)
