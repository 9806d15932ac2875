"""`workspaces/<ws>/search`: one search over commands, titles and output of all consoles."""

import re
from typing import Any, Final

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from ide.errors import BadRequestError
from ide.guard.grant import Right
from ide.web.policy import in_workspace
from ide.workspaces.keepers import keeper

blueprint = Blueprint("search", __name__)
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


@blueprint.get("/workspaces/<ws>/search")
@in_workspace(Right.VIEW)
def search(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer what is found; the keeper judges what was typed. Raises BadRequestError."""
    args: dict[str, Any] = {"q": request.args.get("q", "")}
    if "console" in request.args:
        args["console"] = request.args["console"]
    for name in ("before", "limit"):
        if name in request.args:
            args[name] = _number(name, request.args[name])
    response = jsonify(keeper().call("search.find", args))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadRequestError(f"{name} is a whole number.")
    return int(text)
