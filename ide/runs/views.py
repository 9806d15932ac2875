"""`workspaces/<ws>/runs`: start a file, stop it."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from ide.guard.grant import Right
from ide.runs import schemas
from ide.web.policy import in_workspace
from ide.web.schemas import body, checked_ref
from ide.workspaces.keepers import keeper

blueprint = Blueprint("runs", __name__)
_ROUTE = "/workspaces/<ws>/runs"


@blueprint.post(_ROUTE)
@in_workspace(Right.MANAGE)
def start_run(ws: str) -> tuple[Response, int]:  # noqa: ARG001 - the gate looked at it
    """Run a file, answer its console; 409 with `detail.console` while it runs and mode is ask."""
    asked = body(schemas.Start)
    checked_ref(asked.path)
    return jsonify(keeper().call("runs.start", asked.model_dump())), 201


@blueprint.post(f"{_ROUTE}/<console>/stop")
@in_workspace(Right.MANAGE)
def stop_run(ws: str, console: str) -> Response:  # noqa: ARG001
    """Interrupt a run; end it by force when it does not stop."""
    return jsonify(keeper().call("runs.stop", {"console": console}))
