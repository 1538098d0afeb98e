"""Reading the end of the outbox without missing a fact.

PostgreSQL hands sequences out before commits, so 11 may appear after 12 (docs/decisions/0010). A number that was
passed over is therefore looked for again until no transaction can still be about to show it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from ... import events
from ...events import Recorded

RECENT = 5_000
"""How many facts are remembered for those who come back."""
AWAITED_SECONDS = 60.0
"""How long a passed-over number is looked for: longer than any transaction may take. A rollback leaves it unused."""
AWAITED = 1_000
"""How many passed-over numbers are looked for, the newest."""
OVERLAP = timedelta(seconds=30)
"""What happened so long before the fact that a follower saw last may have appeared after it, and is told again."""


class Recent:
    """The facts that appeared last, in the order in which they appeared."""

    def __init__(self) -> None:
        self._facts: deque[Recorded] = deque(maxlen=RECENT)
        self.newest_seq = 0

    def add(self, facts: Sequence[Recorded]) -> None:
        """Remember the facts, forgetting the oldest."""
        self._facts.extend(facts)
        self.newest_seq = max((self.newest_seq, *(fact.seq for fact in facts)))

    def since(self, seq: int) -> list[Recorded] | None:
        """Return every fact that may have appeared after that one, some twice; None where it is not remembered."""
        seen = next((fact for fact in self._facts if fact.seq == seq), None)
        if seen is None:
            return None
        return [
            fact
            for fact in self._facts
            if fact.seq > seq or (fact.seq < seq and fact.happened_at > seen.happened_at - OVERLAP)
        ]


class Tail:
    """Follows the outbox from the first look on."""

    def __init__(self) -> None:
        self.recent = Recent()
        self.head = 0
        """The highest sequence seen."""
        self._has_begun = False
        self._awaited: dict[int, float] = {}

    def look(self, session: Session) -> list[Recorded]:
        """Return what appeared since the last look; it counts as seen only when `have_seen` is told so.

        The first look begins at the outbox's end: what is there already is remembered, not returned.
        """
        if not self._has_begun:
            self._begin(session)
        self._give_up()
        found = events.recorded_at(session, list(self._awaited)) if self._awaited else []
        return found + events.recorded_after(session, self.head)

    def _begin(self, session: Session) -> None:
        facts = events.last_recorded(session, limit=RECENT)
        self._has_begun = True
        if facts:
            self.head = max(facts[0].seq - 1, facts[-1].seq - AWAITED)
            self.have_seen(facts)

    def have_seen(self, facts: Sequence[Recorded]) -> None:
        """Remember the facts as seen, and which numbers they passed over."""
        until = time.monotonic() + AWAITED_SECONDS
        for fact in facts:
            if fact.seq > self.head:
                for passed in range(max(self.head + 1, fact.seq - AWAITED), fact.seq):
                    self._awaited[passed] = until
                self.head = fact.seq
            else:
                self._awaited.pop(fact.seq, None)
        while len(self._awaited) > AWAITED:
            del self._awaited[next(iter(self._awaited))]
        self.recent.add(facts)

    def _give_up(self) -> None:
        now = time.monotonic()
        while self._awaited and self._awaited[oldest := next(iter(self._awaited))] < now:
            del self._awaited[oldest]
