"""The page itself, and the one that tells what a device does."""

from flask import Blueprint, current_app, render_template
from werkzeug.wrappers import Response

import ide
from ide.editor import store
from ide.editor.views import identity
from ide.web import bundle, current
from ide.web.policy import Policy, Who, declare
from ide.wire import frames, limits
from ide.workspaces.keepers import keeper_for
from ide.workspaces.service import grant_for

blueprint = Blueprint("editor", __name__)


@blueprint.get("/")
@declare(Policy(Who.SIGNED_IN, page=True))
def page() -> Response:
    """Answer the editor with its boot data; somebody signed out is sent to the sign-in page."""
    script, style = bundle.entry("main"), bundle.entry("app")
    known = identity()
    granted = grant_for(
        current.database(), current.settings(), current.caller(), known["workspace"]["id"]
    )
    if granted is not None:  # by the time the page asks for files and a console, all is up
        current_app.extensions["ide.waker"].wake(keeper_for(granted))
    boot = {
        **known,
        "base": current.settings().mount,
        "layouts": store.layouts(current.database(), known["workspace"]["id"]),
        "prefs": store.prefs(current.database(), current.caller().user_id),
        "version": ide.__version__,
    }
    return current_app.make_response(
        render_template("editor.html", boot=boot, script=script, style=style)
    )


@blueprint.get("/diagnostics")
@declare(Policy(Who.SIGNED_IN, page=True))
def diagnostics() -> str:
    """Answer the page that tells what a device does; its script is its own."""
    return render_template(
        "diagnostics.html",
        script=bundle.entry("diagnostics"),
        style=bundle.entry("diagnostics-page"),
        workspace=identity()["workspace"]["id"],
        protocol=limits.SUBPROTOCOL,
        ping=frames.encode(frames.Kind.PING, 0, bytes(8)).hex(),
        version=ide.__version__,
    )
