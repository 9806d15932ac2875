"""`api/v1/link`: the upgrade of a browser tab. The gate has passed it before anything here runs."""

from typing import cast

from flask import Blueprint, current_app, g, request
from flask_sock import Sock
from simple_websocket import Server

from ide.consoles import stream
from ide.consoles.link import Link
from ide.consoles.links import Links
from ide.errors import IdeError
from ide.guard.grant import Right
from ide.web import current
from ide.web.policy import in_workspace
from ide.workspaces.keepers import keeper

blueprint = Blueprint("link", __name__)
_sock = Sock()


def links() -> Links:
    """Return the links of this worker."""
    return cast("Links", current_app.extensions["ide.links"])


@blueprint.before_request
def admit() -> None:
    """Refuse with an HTTP answer what must not be upgraded. Raises BadRequestError, 503."""
    stream.prepare(request.environ)
    links().take_place()
    g.ide_link_place = True


@blueprint.teardown_request
def leave(_error: BaseException | None) -> None:
    """Give the place back, however the link ended."""
    if g.pop("ide_link_place", False):
        links().give_place()


@_sock.route("/link", bp=blueprint)  # type: ignore[untyped-decorator]
@in_workspace(Right.VIEW)
def link(server: Server) -> None:
    """Carry the link until either side ends it.

    A keeper that cannot be had closes it with the error's code: a refused upgrade would tell the
    browser nothing.
    """
    browser = stream.Stream(server)
    try:
        connection = keeper().link()
    except IdeError as error:
        browser.close(error.close_code, error.message)
        browser.drain(1.0)
        browser.abort()
        return
    opened = Link(browser, connection, current.grant())
    with links().opened(opened):
        opened.run()
