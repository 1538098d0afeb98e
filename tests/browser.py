"""Headless Chromium, as a person's browser would show a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def chromium() -> str:
    """Return where Chromium is; skips without one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium was found on this machine (Debian: apt-get install chromium)")
    return found


def open_page(url: str, profile: Path) -> tuple[str, list[str]]:
    """Return the page's DOM after its scripts ran, and what it complained about; skips without a Chromium."""
    # Tall: Swagger UI draws an operation of a long document once it is in sight.
    view = ("--window-size=1280,20000", "--virtual-time-budget=8000")
    options = (*QUIET, "--enable-logging=stderr", *view, f"--user-data-dir={profile}")
    shown = subprocess.run(
        [chromium(), *options, "--dump-dom", url], capture_output=True, text=True, timeout=60, check=True
    )
    return shown.stdout, [line for line in shown.stderr.splitlines() if ":CONSOLE" in line]
