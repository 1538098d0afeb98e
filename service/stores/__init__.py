"""Stores: where an order can be picked up, and when. A store's place, hours in OSM syntax with holidays and dated
exceptions, pickup methods, stations with parallel makers, lead and cut-off times, taxes, and the pause that staff set.
"""
