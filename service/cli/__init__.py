"""The command line: `flask import-stores`, `flask worker`, … one file per group of commands."""

from __future__ import annotations

from flask import Flask

from . import accounts, demo, imports, loyalty, running


def register(app: Flask) -> None:
    """Add the commands to the application."""
    for command in (*accounts.commands, *demo.commands, *imports.commands, *loyalty.commands, *running.commands):
        app.cli.add_command(command)
