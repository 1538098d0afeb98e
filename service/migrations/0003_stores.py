"""Stores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "stores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("search_city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cutoff_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pickup_methods", JSON, nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("tax_inclusive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cutoff_minutes >= 0 AND cutoff_minutes <= 1440", name=op.f("ck_stores_cutoff_minutes")),
        sa.CheckConstraint("latitude >= -90 AND latitude <= 90", name=op.f("ck_stores_latitude")),
        sa.CheckConstraint("lead_minutes >= 0 AND lead_minutes <= 1440", name=op.f("ck_stores_lead_minutes")),
        sa.CheckConstraint("length(country) = 2 AND country = upper(country)", name=op.f("ck_stores_country")),
        sa.CheckConstraint("length(currency) = 3 AND currency = upper(currency)", name=op.f("ck_stores_currency")),
        sa.CheckConstraint(
            "length(number) > 0 AND length(name) > 0 AND length(hours) > 0", name=op.f("ck_stores_not_empty")
        ),
        sa.CheckConstraint("longitude >= -180 AND longitude <= 180", name=op.f("ck_stores_longitude")),
        sa.CheckConstraint(
            "paused_at IS NOT NULL OR (paused_until IS NULL AND pause_reason IS NULL)",
            name=op.f("ck_stores_pause_has_start"),
        ),
        sa.CheckConstraint("paused_until > paused_at", name=op.f("ck_stores_pause_ends_after_start")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_stores_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sa.UniqueConstraint("number", name=op.f("uq_stores_number")),
    )
    op.create_index("ix_stores_latitude_longitude", "stores", ["latitude", "longitude"], unique=False)
    op.create_index(
        "ix_stores_search_city_search_name_id", "stores", ["search_city", "search_name", "id"], unique=False
    )
    op.create_index("ix_stores_search_name_id", "stores", ["search_name", "id"], unique=False)
    op.create_table(
        "hours_exceptions",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.CheckConstraint("length(hours) > 0", name=op.f("ck_hours_exceptions_not_empty")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_hours_exceptions_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("store_id", "on_date", name=op.f("pk_hours_exceptions")),
    )
    op.create_table(
        "stations",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("makers", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('bar', 'oven', 'cold')", name=op.f("ck_stations_kind")),
        sa.CheckConstraint("makers > 0 AND makers <= 100", name=op.f("ck_stations_makers")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_stations_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("store_id", "kind", name=op.f("pk_stations")),
    )
    op.create_table(
        "tax_rates",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rate_bps", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(category) > 0", name=op.f("ck_tax_rates_category")),
        sa.CheckConstraint("rate_bps >= 0 AND rate_bps <= 10000", name=op.f("ck_tax_rates_rate_bps")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_tax_rates_store_id_stores"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("store_id", "category", name=op.f("pk_tax_rates")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("tax_rates")
    op.drop_table("stations")
    op.drop_table("hours_exceptions")
    op.drop_index("ix_stores_search_name_id", table_name="stores")
    op.drop_index("ix_stores_search_city_search_name_id", table_name="stores")
    op.drop_index("ix_stores_latitude_longitude", table_name="stores")
    op.drop_table("stores")
