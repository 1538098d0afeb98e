"""Distances on the globe, and the boxes of coordinates that a circle lies in."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
_SLACK = 1e-6  # degrees (0.1 m): rounding must not push a store on the rim out of the box


@dataclass(frozen=True, slots=True)
class Box:
    """Latitudes and longitudes from, to; both ends belong to it, and it doesn't cross the antimeridian."""

    south: float
    north: float
    west: float
    east: float


def distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> int:
    """Return the great-circle distance in metres (haversine)."""
    here, there = radians(latitude), radians(other_latitude)
    across = sin(radians(other_longitude - longitude) / 2)
    along = sin((there - here) / 2)
    return round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(along * along + cos(here) * cos(there) * across * across))))


def boxes_around(latitude: float, longitude: float, radius_m: float) -> list[Box]:
    """Return the boxes that hold every point within the radius: two where it crosses the antimeridian."""
    angle = radius_m / EARTH_RADIUS_M
    reach = degrees(angle) + _SLACK
    south, north = latitude - reach, latitude + reach
    if south <= -90 or north >= 90:  # a pole is inside: every longitude is
        return [Box(max(south, -90.0), min(north, 90.0), -180.0, 180.0)]
    width = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))) + _SLACK
    west, east = longitude - width, longitude + width
    if west < -180:
        return [Box(south, north, west + 360, 180.0), Box(south, north, -180.0, east)]
    if east > 180:
        return [Box(south, north, west, 180.0), Box(south, north, -180.0, east - 360)]
    return [Box(south, north, west, east)]
