"""What people may use: plans, which one each has, and networks that follow the plan."""

import sqlalchemy as sa
from alembic import op

from ide.accounts.default_plans import default_plans

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NETWORKS = "network IN ('none', 'packages', 'web', 'outbound', 'full')"
CHECK = "ck_users_network"
EARLIER_CHECK = "ck_users_ck_users_network"  # the prefix was given twice
EARLIER_NETWORKS = "network IN ('none', 'packages', 'web')"


def upgrade() -> None:
    plans = op.create_table(
        "plans",
        sa.Column("name", sa.String(32), nullable=False),
        # One value, not a column for each limit: limits are added with almost every version, no
        # query asks for one of them, and a limit that is not said must differ from one that is 0.
        sa.Column("limits", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_plans"),
    )
    rows = [{"name": name, "limits": limits} for name, limits in default_plans().items()]
    op.bulk_insert(plans, rows)
    with op.batch_alter_table("users") as users:
        plan = sa.Column("plan", sa.String(32), nullable=False, server_default="standard")
        users.add_column(plan)
        users.alter_column("network", existing_type=sa.String(10), nullable=True)
        users.drop_constraint(op.f(EARLIER_CHECK), type_="check")
        users.create_check_constraint(op.f(CHECK), NETWORKS)
        users.create_foreign_key(
            "fk_users_plan_plans", "plans", ["plan"], ["name"], ondelete="RESTRICT"
        )
    # What was decided about each person's network stays theirs; limits there were none.
    users = sa.table("users", sa.column("plan", sa.String), sa.column("owner", sa.Boolean))
    op.execute(users.update().where(users.c.owner).values(plan="owner"))


def downgrade() -> None:
    users = sa.table(
        "users",
        sa.column("plan", sa.String),
        sa.column("network", sa.String),
        sa.column("network_hosts", sa.JSON),
    )
    plans = sa.table("plans", sa.column("name", sa.String), sa.column("limits", sa.JSON))
    for name, limits in op.get_bind().execute(sa.select(plans.c.name, plans.c.limits)).all():
        # Where the plan says nothing, too: what the settings say is not known here.
        network = limits.get("network", "none")
        hosts = limits.get("network_hosts", [])  # none would mean the usual ones
        planned = (users.c.plan == name) & users.c.network.is_(None)
        op.execute(users.update().where(planned).values(network=network, network_hosts=hosts))
    # The nearest that the earlier version knows and that reaches no more.
    wide = users.c.network.in_(["outbound", "full"])
    op.execute(users.update().where(wide).values(network="web"))
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("fk_users_plan_plans", type_="foreignkey")
        batch.drop_column("plan")
        batch.alter_column("network", existing_type=sa.String(10), nullable=False)
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(EARLIER_CHECK), EARLIER_NETWORKS)
    op.drop_table("plans")
