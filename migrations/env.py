"""Run by Alembic: on the connection that ide.store.migrations holds, inside its transaction."""

from alembic import context

# Every room with tables, so that autogenerate and the tests see them all.
import ide.accounts.models
import ide.channels.models
import ide.clerk.models
import ide.editor.models
import ide.workspaces.models  # noqa: F401
from ide.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
