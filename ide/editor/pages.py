"""The page itself."""

from flask import Blueprint, current_app, render_template
from werkzeug.wrappers import Response

import ide
from ide.editor import store
from ide.editor.views import identity
from ide.web import bundle, current
from ide.web.policy import Policy, Who, declare

blueprint = Blueprint("editor", __name__)


@blueprint.get("/")
@declare(Policy(Who.SIGNED_IN, page=True))
def page() -> Response:
    """Answer the editor with its boot data; somebody signed out is sent to the sign-in page."""
    boot = {
        **identity(),
        "base": current.settings().mount,
        "prefs": store.prefs(current.database(), current.caller().user_id),
        "version": ide.__version__,
    }
    return current_app.make_response(
        render_template(
            "editor.html", boot=boot, script=bundle.entry("main"), style=bundle.entry("app")
        )
    )
