"""What makes the page an app on a tablet: manifest, icons, service worker and its offline page.

All of it is the same for everybody and says nothing of anybody, so no login is asked.
"""

import json
from typing import Any, Final

from flask import Blueprint, jsonify, make_response, render_template, url_for
from werkzeug.wrappers import Response

from ide.web import bundle
from ide.web.policy import Policy, Who, declare

NAME: Final = "ide"
_ICONS: Final = (
    ("icon-192", 192, "any"),
    ("icon-512", 512, "any"),
    ("icon-maskable", 512, "maskable"),
)
_SAME_FOR_ALL: Final = Policy(Who.ANYBODY, any_host=True)

blueprint = Blueprint("install", __name__)


def installable() -> dict[str, str] | None:
    """Return what the head of each page names: icons' addresses and colours; None unbuilt."""
    colours, icon, apple = bundle.colours(), *map(bundle.maybe_entry, ("icon", "icon-apple"))
    if not colours or icon is None or apple is None:
        return None
    return {
        "light": colours["light"],
        "dark": colours["dark"],
        "icon": _built(icon),
        "apple": _built(apple),
    }


@blueprint.get("/manifest.webmanifest")
@declare(_SAME_FOR_ALL)
def manifest() -> Response:
    """Answer the web app manifest. Its addresses are relative to itself, whatever the path.

    It has no `id`: that would be relative to the host, and two paths of one host the same app.
    """
    colour = bundle.colours().get("dark")
    icons: list[dict[str, Any]] = [
        {
            "src": f"static/dist/{bundle.entry(name).file}",
            "sizes": f"{width}x{width}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, width, purpose in _ICONS
    ]
    response = jsonify(
        name=NAME,
        short_name=NAME,
        description="Consoles that keep running, and the files beside them.",
        start_url="./",
        scope="./",
        display="standalone",
        background_color=colour,
        theme_color=colour,
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/sw.js")
@declare(_SAME_FOR_ALL)
def worker() -> Response:
    """Answer the service worker, which is another one whenever its offline page's files are.

    It lies where the page lies, so that its scope is the page's path without a further header.
    """
    shell = ["offline", *(f"static/dist/{entry.file}" for entry in _shell())]
    built = (bundle.DIST / bundle.entry("worker").file).read_text()
    icon = json.dumps(f"static/dist/{bundle.entry('icon-192').file}")
    response = make_response(f"const SHELL = {json.dumps(shell)};\nconst ICON = {icon};\n{built}")
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/offline")
@declare(_SAME_FOR_ALL)
def offline() -> str:
    """Answer the page that the service worker keeps for when nobody answers."""
    return render_template("offline.html", script=bundle.entry("offline"))


def _shell() -> list[bundle.Entry]:
    return [bundle.entry("gate-page"), bundle.entry("offline")]


def _built(entry: bundle.Entry) -> str:
    return url_for("bundle.built_file", name=entry.file)
