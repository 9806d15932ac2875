"""How people are told while no page is open."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("login", sa.String(16)),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("page", sa.String(300), nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("last_ok", TIME),
        sa.Column("last_error", sa.String(300)),
        sa.Column("last_error_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_channels_user_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["login"], ["logins.id"], name="fk_channels_login_logins", ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind IN ('push', 'mail', 'webhook')", name=op.f("ck_channels_kind")),
    )
    op.create_index("ix_channels_user_id", "channels", ["user_id"])
    op.create_table(
        "server_keys",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("private", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_keys"),
    )
    op.create_table(
        "channel_tests",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_channel_tests"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_channel_tests_user_id_users", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("channel_tests")
    op.drop_table("server_keys")
    op.drop_index("ix_channels_user_id", "channels")
    op.drop_table("channels")
