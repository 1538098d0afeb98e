"""The command line: `flask import-stores`, `flask worker`, … one file per group of commands."""

from __future__ import annotations

from flask import Flask

from . import accounts, audit, demo, imports, loyalty, running


def register(app: Flask) -> None:
    """Add the commands to the application."""
    rooms = (accounts, audit, demo, imports, loyalty, running)
    for command in (command for room in rooms for command in room.commands):
        app.cli.add_command(command)
