"""Server-sent events from the outbox: an event's id is its sequence, `Last-Event-ID` replays what was missed.

A request asks to follow something (`follow`); who may, and from where on, is decided there like any other request.
Then the connection itself is handed to one asyncio process (`hub`, run by `flask live`), which writes from then on,
so that a stream takes no request thread (docs/decisions/0012). Where no such process listens, as in tests and under
`flask run`, the request's own thread writes (`alone`). What can be followed is told by the packages as a `Topic`.
"""

from .answering import follow, register
from .tail import Recent
from .topics import Access, Event, Place, Topic, event, resync

__all__ = ["Access", "Event", "Place", "Recent", "Topic", "event", "follow", "register", "resync"]
