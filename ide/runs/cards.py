"""`workspaces/<ws>/cards`: what ran in the workspace's consoles, command by command."""

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from ide.errors import BadRequestError, NotFoundError
from ide.guard.grant import Right
from ide.web.policy import in_workspace
from ide.workspaces.keepers import keeper

blueprint = Blueprint("cards", __name__)
_ROUTE = "/workspaces/<ws>/cards"
_TEXTS = ("console", "kind", "state", "text")
_NUMBERS = ("before", "above", "below", "limit")


@blueprint.get(_ROUTE)
@in_workspace(Right.VIEW)
def list_cards(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer `{cards, more}`, newest first; the keeper judges the arguments."""
    asked = {name: request.args[name] for name in _TEXTS if name in request.args}
    numbers = {name: _number(request.args[name]) for name in _NUMBERS if name in request.args}
    return jsonify(keeper().call("cards.list", {**asked, **numbers}))


@blueprint.get(f"{_ROUTE}/<card>")
@in_workspace(Right.VIEW)
def get_card(ws: str, card: str) -> Response:  # noqa: ARG001
    """Answer one card. Raises NotFoundError."""
    return jsonify(keeper().call("cards.get", {"card": _id(card)}))


@blueprint.get(f"{_ROUTE}/<card>/previous")
@in_workspace(Right.VIEW)
def previous_card(ws: str, card: str) -> Response:  # noqa: ARG001
    """Answer `{card, previous}`: the same command's run before, or null. Raises NotFoundError."""
    return jsonify(keeper().call("cards.previous", {"card": _id(card)}))


def _id(text: str) -> int:
    try:
        return _number(text)
    except BadRequestError:
        raise NotFoundError("There is no such command any more.") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BadRequestError("before, above, below and limit are whole numbers.")
    return int(text)
