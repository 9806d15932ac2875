"""What the clerk has to tell, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
STATES = "state IN ('waits', 'sending', 'held', 'done')"


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("workspace_id", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("came", TIME, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_letters_workspace_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name="fk_letters_workspace_id_workspaces",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_letters_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_letters_user_id", "letters", ["user_id"])
    op.create_table(
        "deliveries",
        sa.Column("letter_id", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try", TIME, nullable=False),
        sa.PrimaryKeyConstraint("letter_id", "channel_id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letters.id"],
            name="fk_deliveries_letter_id_letters",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name="fk_deliveries_channel_id_channels",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(STATES, name=op.f("ck_deliveries_state")),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    with op.batch_alter_table("channels") as channels:
        channels.add_column(
            sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("gone")
    op.drop_index("ix_deliveries_state", "deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_letters_user_id", "letters")
    op.drop_table("letters")
