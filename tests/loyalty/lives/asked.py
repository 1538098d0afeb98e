"""What is asked of members and of the operator, at random."""

from __future__ import annotations

from hypothesis import strategies as st

PEOPLE = 3
somebody = st.integers(0, PEOPLE - 1)
one_of = st.integers(0, 20)
rewards = st.sampled_from(["off-1", "off-1", "last", "last", "nothing"])
endings = st.sampled_from(["cancel", "use", "return", "use and return"])
gift_endings = st.sampled_from(["accept", "accept", "refuse", "take_back"])
terms = st.fixed_dictionaries(
    {
        "per_dollar": st.integers(1, 4),
        "per_piece": st.integers(1, 3),
        "prices": st.sampled_from(
            [(("off-1", 7),), (("off-1", 13), ("last", 5)), (("off-1", 10), ("last", 3)), (("last", 6),)]
        ),
        "stock": st.sampled_from([None, 0, 1, 4]),
        "months": st.sampled_from([None, 1, 2, 12, 13]),
        "grace_days": st.sampled_from([0, 1, 14]),
        "pending_days": st.sampled_from([0, 0, 1, 3]),
        "gift_days": st.sampled_from([1, 7]),
        "lark": st.sampled_from([10, 20, 40]),
        "has_promotion": st.booleans(),
    }
)
