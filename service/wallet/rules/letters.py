"""What the wallet's mails say. Nothing that a stranger typed is repeated."""

from __future__ import annotations

from ...accounts.rules.letters import Letter


def transfer_sent() -> Letter:
    """To an address whose reader somebody sends money."""
    return Letter(
        "Somebody sends you money",
        "A Sayso customer sends you money for your wallet. To see who and how much, and to accept or refuse, sign in "
        "to the app with the account of this address, or make one.\n\n"
        "It waits for 14 days and then returns to whoever sent it. Nothing happens unless you accept.\n",
    )


def transfer_returned() -> Letter:
    """To the sender of a transfer that came back."""
    return Letter(
        "A transfer of yours came back",
        "A transfer of yours was refused, or nobody accepted it in time. The money is in your wallet again; the app "
        "shows which it was.\n",
    )


def transfer_accepted() -> Letter:
    """To the sender of a transfer that somebody accepted."""
    return Letter(
        "A transfer of yours was accepted", "The money that you sent has arrived. The app shows which it was.\n"
    )
