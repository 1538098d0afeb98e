"""The version of a store's menu: the highest change that concerns it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session

from ..models import MenuChange


class Larger(sa.sql.functions.GenericFunction[int]):
    """The larger of two numbers: greatest() on PostgreSQL, two-argument max() on SQLite."""

    name = "larger"
    inherit_cache = True


@compiles(Larger, "sqlite")
def _on_sqlite(element: Larger, compiler: Any, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


@compiles(Larger, "postgresql")
def _on_postgresql(element: Larger, compiler: Any, **options: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **options)})"


def version_of(store_id: sa.ColumnExpressionArgument[UUID]) -> sa.ScalarSelect[int]:
    """Return the version of the store's menu as an expression to embed in another statement."""
    newest = sa.select(sa.func.coalesce(sa.func.max(MenuChange.seq), 0)).correlate_except(MenuChange)
    at_store = newest.where(MenuChange.store_id == store_id).scalar_subquery()
    chain_wide = newest.where(MenuChange.store_id.is_(None)).scalar_subquery()
    return sa.select(sa.type_coerce(Larger(at_store, chain_wide), sa.BigInteger)).scalar_subquery()


_VERSION = sa.select(version_of(sa.bindparam("store_id", type_=sa.Uuid())))


def version(session: Session, *, store_id: UUID) -> int:
    """Return the version of the store's menu, 0 before the first change."""
    return int(session.execute(_VERSION, {"store_id": store_id}).scalar_one())
