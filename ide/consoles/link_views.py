"""`api/v1/link`: the upgrade of a browser tab. The gate has passed it before anything here runs."""

from typing import cast

from flask import Blueprint, current_app, g, request
from flask_sock import Sock
from simple_websocket import Server

from ide.consoles import upgrade
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
    """Refuse with an HTTP answer what must not be upgraded. Raises BadRequestError, 429, 503."""
    upgrade.prepare(request.environ)
    person = current.caller().user_id
    links().take_place(person)
    g.ide_link_place = person


@blueprint.teardown_request
def leave(_error: BaseException | None) -> None:
    """Give the place back, however the link ended."""
    if (person := g.pop("ide_link_place", None)) is not None:
        links().give_place(person)


@_sock.route("/link", bp=blueprint)  # type: ignore[untyped-decorator]
@in_workspace(Right.VIEW)
def link(server: Server) -> None:
    """Hand the browser to its workspace's keeper, and watch the login until the link ends.

    A keeper that cannot be had closes it with the error's code: a refused upgrade would tell the
    browser nothing.
    """
    browser = upgrade.Browser(server)
    try:
        connection = keeper().hand_over(browser.fileno())
    except IdeError as error:
        browser.refuse(error.close_code, error.message)
        return
    opened = Link(browser, connection, current.grant())
    with links().opened(opened):
        opened.run()
