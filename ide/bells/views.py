"""`workspaces/<ws>/bells`: one call each to the keeper, which alone has them."""

import re
from typing import Final

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from ide.bells import schemas
from ide.errors import BadRequestError, NotFoundError
from ide.guard.grant import Right
from ide.web.policy import in_workspace
from ide.web.schemas import body
from ide.workspaces.keepers import keeper

blueprint = Blueprint("bells", __name__)
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_ROUTE = "/workspaces/<ws>/bells"


@blueprint.get(_ROUTE)
@in_workspace(Right.VIEW)
def list_bells(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer `{bells}`, all that are set in the workspace."""
    return jsonify(keeper().call("bells.list", {}))


@blueprint.post(_ROUTE)
@in_workspace(Right.MANAGE)
def set_bell(ws: str) -> tuple[Response, int]:  # noqa: ARG001
    """Set a bell on a console and answer it."""
    asked = body(schemas.Set)
    return jsonify(keeper().call("bells.set", asked.model_dump(exclude_none=True))), 201


@blueprint.delete(f"{_ROUTE}/<bell>")
@in_workspace(Right.MANAGE)
def remove_bell(ws: str, bell: str) -> Response:  # noqa: ARG001
    """Take a bell back."""
    if not _NUMBER.fullmatch(bell):
        raise NotFoundError("This bell is not set any more.")
    return jsonify(keeper().call("bells.remove", {"bell": int(bell)}))


@blueprint.get("/workspaces/<ws>/letters")
@in_workspace(Right.VIEW)
def list_letters(ws: str) -> Response:  # noqa: ARG001
    """Answer `{letters}`, of bells that rang, newest first; `after` leaves out older ones.

    `unseen=1` leaves out those that some page was told of.
    """
    if "unseen" in request.args:
        return jsonify(keeper().call("letters.list", {"unseen": True}))
    after = request.args.get("after", "0")
    if not _NUMBER.fullmatch(after):
        raise BadRequestError("after is a number")
    return jsonify(keeper().call("letters.list", {"after": int(after)}))
