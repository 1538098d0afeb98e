"""The menu."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "menu_categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_menu_categories_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["menu_categories.id"], name=op.f("fk_menu_categories_parent_id_menu_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_categories")),
        sa.UniqueConstraint("key", name=op.f("uq_menu_categories_key")),
    )
    op.create_table(
        "menu_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("min", sa.Integer(), nullable=False),
        sa.Column("max", sa.Integer(), nullable=True),
        sa.Column("max_per_option", sa.Integer(), nullable=True),
        sa.Column("free_quantity", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("free_quantity >= 0", name=op.f("ck_menu_groups_free_quantity_not_negative")),
        sa.CheckConstraint("max_per_option > 0", name=op.f("ck_menu_groups_max_per_option_positive")),
        sa.CheckConstraint("min >= 0 AND (max IS NULL OR max >= min)", name=op.f("ck_menu_groups_min_max")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_groups")),
        sa.UniqueConstraint("ref", name=op.f("uq_menu_groups_ref")),
    )
    op.create_table(
        "menu_changes",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("change IN ('upserted', 'removed')", name=op.f("ck_menu_changes_change")),
        sa.CheckConstraint("kind IN ('category', 'item', 'size', 'option')", name=op.f("ck_menu_changes_kind")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_menu_changes_store_id_stores")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_menu_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_menu_changes_store_id_seq", "menu_changes", ["store_id", "seq"], unique=False)
    op.create_table(
        "menu_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("contains", JSON, nullable=False),
        sa.Column("may_contain", JSON, nullable=False),
        sa.Column("diets", JSON, nullable=False),
        sa.Column("work", JSON, nullable=False),
        sa.Column("batch_size", sa.Integer(), nullable=False),
        sa.Column("available_hours", sa.Text(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("available_from <= available_until", name=op.f("ck_menu_items_days_in_order")),
        sa.CheckConstraint("batch_size > 0", name=op.f("ck_menu_items_batch_size_positive")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["menu_categories.id"], name=op.f("fk_menu_items_category_id_menu_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_items")),
        sa.UniqueConstraint("sku", name=op.f("uq_menu_items_sku")),
    )
    op.create_index("ix_menu_items_category_id", "menu_items", ["category_id"], unique=False)
    op.create_table(
        "menu_options",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("max_length", sa.Integer(), nullable=True),
        sa.Column("price_rule", sa.Text(), nullable=False),
        sa.Column("default_quantity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("nutrition", JSON, nullable=False),
        sa.Column("contains", JSON, nullable=False),
        sa.Column("may_contain", JSON, nullable=False),
        sa.Column("work", JSON, nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'text') = (max_length IS NOT NULL)", name=op.f("ck_menu_options_text_has_length")),
        sa.CheckConstraint("kind IN ('choice', 'text')", name=op.f("ck_menu_options_kind")),
        sa.CheckConstraint(
            "price_rule IN ('flat', 'per_size', 'substitution')", name=op.f("ck_menu_options_price_rule")
        ),
        sa.CheckConstraint("default_quantity >= 0", name=op.f("ck_menu_options_default_quantity_not_negative")),
        sa.ForeignKeyConstraint(["group_id"], ["menu_groups.id"], name=op.f("fk_menu_options_group_id_menu_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_options")),
        sa.UniqueConstraint("group_id", "key", name=op.f("uq_menu_options_group_id_key")),
    )
    op.create_table(
        "menu_sold_out",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('item', 'size', 'option')", name=op.f("ck_menu_sold_out_kind")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_menu_sold_out_store_id_stores")),
        sa.PrimaryKeyConstraint("store_id", "kind", "subject_id", name=op.f("pk_menu_sold_out")),
    )
    op.create_table(
        "menu_item_groups",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("min", sa.Integer(), nullable=True),
        sa.Column("max", sa.Integer(), nullable=True),
        sa.Column("max_per_option", sa.Integer(), nullable=True),
        sa.Column("free_quantity", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=True),
        sa.CheckConstraint("max >= min", name=op.f("ck_menu_item_groups_min_max")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["menu_groups.id"], name=op.f("fk_menu_item_groups_group_id_menu_groups")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["menu_items.id"], name=op.f("fk_menu_item_groups_item_id_menu_items")),
        sa.PrimaryKeyConstraint("item_id", "group_id", name=op.f("pk_menu_item_groups")),
    )
    op.create_table(
        "menu_option_groups",
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("min", sa.Integer(), nullable=True),
        sa.Column("max", sa.Integer(), nullable=True),
        sa.Column("max_per_option", sa.Integer(), nullable=True),
        sa.Column("free_quantity", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=True),
        sa.CheckConstraint("max >= min", name=op.f("ck_menu_option_groups_min_max")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["menu_groups.id"], name=op.f("fk_menu_option_groups_group_id_menu_groups")
        ),
        sa.ForeignKeyConstraint(
            ["option_id"], ["menu_options.id"], name=op.f("fk_menu_option_groups_option_id_menu_options")
        ),
        sa.PrimaryKeyConstraint("option_id", "group_id", name=op.f("pk_menu_option_groups")),
    )
    op.create_table(
        "menu_option_prices",
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("size_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "scope = 'chain' OR scope LIKE 'market:__' OR scope LIKE 'store:%'",
            name=op.f("ck_menu_option_prices_scope"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_menu_option_prices_amount_not_negative")),
        sa.CheckConstraint(
            "length(currency) = 3 AND currency = upper(currency)", name=op.f("ck_menu_option_prices_currency")
        ),
        sa.ForeignKeyConstraint(
            ["option_id"], ["menu_options.id"], name=op.f("fk_menu_option_prices_option_id_menu_options")
        ),
        sa.PrimaryKeyConstraint("option_id", "size_key", "currency", "scope", name=op.f("pk_menu_option_prices")),
    )
    op.create_table(
        "menu_sizes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("nutrition", JSON, nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["menu_items.id"], name=op.f("fk_menu_sizes_item_id_menu_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_sizes")),
        sa.UniqueConstraint("item_id", "key", name=op.f("uq_menu_sizes_item_id_key")),
    )
    op.create_table(
        "menu_stock",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("units_left", sa.Integer(), nullable=False),
        sa.CheckConstraint("units_left >= 0", name=op.f("ck_menu_stock_never_oversold")),
        sa.ForeignKeyConstraint(["item_id"], ["menu_items.id"], name=op.f("fk_menu_stock_item_id_menu_items")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_menu_stock_store_id_stores")),
        sa.PrimaryKeyConstraint("store_id", "item_id", name=op.f("pk_menu_stock")),
    )
    op.create_table(
        "menu_size_prices",
        sa.Column("size_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "scope = 'chain' OR scope LIKE 'market:__' OR scope LIKE 'store:%'", name=op.f("ck_menu_size_prices_scope")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_menu_size_prices_amount_not_negative")),
        sa.CheckConstraint(
            "length(currency) = 3 AND currency = upper(currency)", name=op.f("ck_menu_size_prices_currency")
        ),
        sa.ForeignKeyConstraint(["size_id"], ["menu_sizes.id"], name=op.f("fk_menu_size_prices_size_id_menu_sizes")),
        sa.PrimaryKeyConstraint("size_id", "currency", "scope", name=op.f("pk_menu_size_prices")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("menu_size_prices")
    op.drop_table("menu_stock")
    op.drop_table("menu_sizes")
    op.drop_table("menu_option_prices")
    op.drop_table("menu_option_groups")
    op.drop_table("menu_item_groups")
    op.drop_table("menu_sold_out")
    op.drop_table("menu_options")
    op.drop_index("ix_menu_items_category_id", table_name="menu_items")
    op.drop_table("menu_items")
    op.drop_index("ix_menu_changes_store_id_seq", table_name="menu_changes")
    op.drop_table("menu_changes")
    op.drop_table("menu_groups")
    op.drop_table("menu_categories")
