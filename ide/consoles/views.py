"""`workspaces/<ws>/consoles`: one call each to the keeper, which alone has the records."""

from typing import Any

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from ide.consoles import logs, schemas
from ide.guard.grant import Right
from ide.web.policy import in_workspace
from ide.web.schemas import body, checked_ref
from ide.workspaces.keepers import keeper

blueprint = Blueprint("consoles", __name__)
_ROUTE = "/workspaces/<ws>/consoles"


@blueprint.get(_ROUTE)
@in_workspace(Right.VIEW)
def list_consoles(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer `{consoles}`."""
    return jsonify(keeper().call("consoles.list", {}))


@blueprint.post(_ROUTE)
@in_workspace(Right.MANAGE)
def create_console(ws: str) -> tuple[Response, int]:  # noqa: ARG001
    """Start a console and answer it."""
    asked = body(schemas.Create)
    if asked.cwd is not None:
        checked_ref(asked.cwd)
    args = asked.model_dump(exclude_none=True)
    return jsonify(keeper().call("consoles.create", args)), 201


@blueprint.patch(f"{_ROUTE}/<console>")
@in_workspace(Right.MANAGE)
def rename_console(ws: str, console: str) -> Response:  # noqa: ARG001
    """Give a console another title."""
    return _ask("consoles.rename", console, body(schemas.Rename).model_dump())


@blueprint.post(f"{_ROUTE}/<console>/end")
@in_workspace(Right.MANAGE)
def end_console(ws: str, console: str) -> Response:  # noqa: ARG001
    """End a console's session; its output stays."""
    return _ask("consoles.end", console, body(schemas.End).model_dump())


@blueprint.post(f"{_ROUTE}/<console>/restart")
@in_workspace(Right.MANAGE)
def restart_console(ws: str, console: str) -> Response:  # noqa: ARG001
    """Start a new session in the same console, folder and log."""
    return _ask("consoles.restart", console, body(schemas.Restart).model_dump())


@blueprint.post(f"{_ROUTE}/<console>/record")
@in_workspace(Right.MANAGE)
def record_console(ws: str, console: str) -> Response:  # noqa: ARG001
    """Record nothing from here on, or everything again."""
    return _ask("consoles.record", console, body(schemas.Record).model_dump())


@blueprint.get(f"{_ROUTE}/<console>/log")
@in_workspace(Right.VIEW)
def download_log(ws: str, console: str) -> Response:  # noqa: ARG001
    """Hand out all that the console printed, or with `since` about what came since then."""
    return logs.handed_out(console, logs.time_argument("since"))


@blueprint.get(f"{_ROUTE}/<console>/log/part")
@in_workspace(Right.VIEW)
def read_log(ws: str, console: str) -> Response:  # noqa: ARG001
    """Answer a piece of what the console printed, at an offset."""
    return logs.part(console)


@blueprint.get(f"{_ROUTE}/<console>/log/map")
@in_workspace(Right.VIEW)
def map_log(ws: str, console: str) -> Response:  # noqa: ARG001
    """Answer where its log begins and ends, and when what was printed."""
    return logs.overview(console)


@blueprint.get(f"{_ROUTE}/<console>/log/search")
@in_workspace(Right.VIEW)
def search_log(ws: str, console: str) -> Response:  # noqa: ARG001
    """Answer where the log has a pattern, as it is found."""
    return logs.search(console)


@blueprint.delete(f"{_ROUTE}/<console>")
@in_workspace(Right.MANAGE)
def remove_console(ws: str, console: str) -> Response:  # noqa: ARG001
    """Forget an ended console and its output."""
    return _ask("consoles.remove", console, {})


def _ask(op: str, console: str, args: dict[str, Any]) -> Response:
    return jsonify(keeper().call(op, {"console": console, **args}))
