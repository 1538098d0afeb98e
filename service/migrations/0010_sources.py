"""Every filled field of an order keeps its whole source; what nobody chose is the store's default."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

SOURCES = {
    "postgresql": """
        UPDATE orders SET choices = choices || jsonb_build_object('sources', jsonb_build_object(
            'method', jsonb_build_object('kind', pickup_source),
            'alias', CASE WHEN alias IS NULL THEN 'null'::jsonb ELSE '{"kind": "customer_choice"}'::jsonb END,
            'if_not_collected', jsonb_build_object(
                'kind', replace(if_not_collected_source, 'service_default', 'store_default'))))""",
    "sqlite": """
        UPDATE orders SET choices = json_set(choices, '$.sources', json_object(
            'method', json_object('kind', pickup_source),
            'alias', CASE WHEN alias IS NULL THEN NULL ELSE json_object('kind', 'customer_choice') END,
            'if_not_collected', json_object(
                'kind', replace(if_not_collected_source, 'service_default', 'store_default'))))""",
}
KEPT = ("quotes", "document"), ("order_lines", "document"), ("orders", "choices")


def upgrade() -> None:
    """Move the sources to the choices that they are the sources of."""
    dialect = op.get_bind().dialect.name
    op.execute(SOURCES[dialect])
    for table, column in KEPT:
        as_text = f"replace(CAST({column} AS TEXT), 'service_default', 'store_default')"
        value = f"CAST({as_text} AS jsonb)" if dialect == "postgresql" else as_text
        op.execute(f"UPDATE {table} SET {column} = {value} WHERE CAST({column} AS TEXT) LIKE '%service_default%'")  # noqa: S608 - names from above
    # Quotes live for minutes: those of the release before are read by nobody any more.
    op.execute("DELETE FROM quotes WHERE id NOT IN (SELECT quote_id FROM orders)")
    op.drop_column("orders", "pickup_source")
    op.drop_column("orders", "if_not_collected_source")


def downgrade() -> None:
    """Keep the sources' kinds only."""
    for name, key in (("pickup_source", "method"), ("if_not_collected_source", "if_not_collected")):
        op.add_column("orders", sa.Column(name, sa.Text(), server_default="store_default", nullable=False))
        value = (
            f"choices #>> '{{sources,{key},kind}}'"
            if op.get_bind().dialect.name == "postgresql"
            else f"json_extract(choices, '$.sources.{key}.kind')"
        )
        op.execute(f"UPDATE orders SET {name} = {value}")  # noqa: S608 - names from above
