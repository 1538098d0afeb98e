"""The demo: an invented chain with stores in three time zones, a full menu, staff and customers.

It is loaded through the packages' own actions, so it meets the same rules as a real chain (docs/decisions/0005).
"""
