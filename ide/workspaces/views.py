"""`workspaces/<ws>/…`: what concerns a whole workspace; one call each to its keeper."""

import re
from typing import Final

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from ide.errors import NotFoundError
from ide.guard.grant import Right
from ide.web.policy import in_workspace
from ide.web.schemas import body
from ide.workspaces import schemas
from ide.workspaces.keepers import keeper

blueprint = Blueprint("workspaces", __name__)
_ROUTE = "/workspaces/<ws>"
_PID: Final = re.compile(r"[1-9][0-9]{0,9}")


@blueprint.post(f"{_ROUTE}/stop")
@in_workspace(Right.MANAGE)
def stop_workspace(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """End every program, answered when that is done; files and output stay."""
    return jsonify(keeper().call("workspace.stop", {}))


@blueprint.post(f"{_ROUTE}/start")
@in_workspace(Right.MANAGE)
def start_workspace(ws: str) -> Response:  # noqa: ARG001
    """Start it when it does not run, with no console; answered once it does."""
    keeper().call("workspace.wake", {})
    return jsonify({})


@blueprint.post(f"{_ROUTE}/restart")
@in_workspace(Right.MANAGE)
def restart_workspace(ws: str) -> Response:  # noqa: ARG001
    """End every program and start the shells again; answer `{started}`."""
    return jsonify(keeper().call("workspace.restart", {}))


@blueprint.post(f"{_ROUTE}/free")
@in_workspace(Right.MANAGE)
def free_memory(ws: str) -> Response:  # noqa: ARG001
    """Give back memory that is only kept to be quick; answer `{freed}` in bytes."""
    return jsonify(keeper().call("workspace.free", {}))


@blueprint.get(f"{_ROUTE}/usage")
@in_workspace(Right.VIEW)
def workspace_usage(ws: str) -> Response:  # noqa: ARG001
    """Answer what the workspace uses against its limits, as EVENT `usage` says it."""
    return jsonify(keeper().call("workspace.usage", {}))


@blueprint.get(f"{_ROUTE}/processes")
@in_workspace(Right.VIEW)
def list_processes(ws: str) -> Response:  # noqa: ARG001
    """Answer `{processes, more}`: everything that runs in the workspace."""
    return jsonify(keeper().call("workspace.processes", {}))


@blueprint.post(f"{_ROUTE}/processes/<pid>/end")
@in_workspace(Right.MANAGE)
def end_process(ws: str, pid: str) -> Response:  # noqa: ARG001
    """End a process; 404 when it has ended by itself."""
    args = body(schemas.EndProcess).model_dump(exclude_none=True)
    if not _PID.fullmatch(pid):
        raise NotFoundError("There is no such process.")
    return jsonify(keeper().call("workspace.signal", {"pid": int(pid), **args}))
