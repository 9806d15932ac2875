"""`/healthz` and `/readyz`: is the process alive, and can it do its work."""

import shutil
from collections.abc import Callable
from typing import Final

from flask import Blueprint, current_app, jsonify
from werkzeug.wrappers import Response

from ide.errors import IdeError
from ide.store.migrations import at_head
from ide.web import current
from ide.web.policy import Policy, Who, declare

MIN_FREE_BYTES: Final = 64 * 1024 * 1024
_HEALTH: Final = Policy(Who.ANYBODY, any_host=True)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@declare(_HEALTH)
def healthz() -> Response:
    """Answer at once, without asking anything: the process is alive."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@declare(_HEALTH)
def readyz() -> tuple[Response, int]:
    """Answer 200 when everything that a request needs is there, else 503 and what is missing."""
    checks: dict[str, Callable[[], bool]] = {
        "database": current.database().answers,
        "migrations": lambda: at_head(current.database()),
        "disk": lambda: shutil.disk_usage(current.settings().data).free >= MIN_FREE_BYTES,
        "supervisor": current_app.extensions["ide.supervisor_answers"],
    }
    answers = {name: _holds(check) for name, check in checks.items()}
    ready = all(answers.values())
    return jsonify(ok=ready, **answers), 200 if ready else 503


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (OSError, IdeError):
        return False
