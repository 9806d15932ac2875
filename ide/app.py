"""Put the rooms together: `create_app(settings)`. The only module that knows them all."""

import os
import signal
from types import FrameType
from typing import Any

from flask import Flask

from ide.accounts import logins
from ide.accounts import pages as account_pages
from ide.accounts import views as account_views
from ide.bells import views as bell_views
from ide.channels import views as channel_views
from ide.consoles import link_views, search_views
from ide.consoles import views as console_views
from ide.consoles.links import Links
from ide.consoles.upgrade import SERVER_OPTIONS
from ide.editor import pages as editor_pages
from ide.editor import views as editor_views
from ide.files import views as file_views
from ide.placement.client import Supervisor
from ide.runs import cards as run_cards
from ide.runs import views as run_views
from ide.settings import Settings
from ide.store.database import Database, open_database
from ide.store.migrations import migrate
from ide.web import bundle, health, install
from ide.web.errors import tell_errors
from ide.web.gate import Gate
from ide.web.headers import add_headers
from ide.web.log import configure_log, log_requests
from ide.web.mount import mount
from ide.workspaces import views as workspace_views
from ide.workspaces.keepers import Places, Waker
from ide.workspaces.service import grant_for

API = "/api/v1"


def create_app(settings: Settings | None = None, places: Places | None = None) -> Flask:
    """Return the web application.

    Without `settings` they are read from `IDE_*`; `places` stands for the supervisor in tests.
    Raises SettingsError, and UnavailableError for a database that cannot be brought up to date.
    """
    settings = settings or Settings.load(os.environ)
    configure_log(settings)
    database = open_database(settings)
    migrate(database)
    app = Flask("ide", static_folder=None)
    # A page that gets its layout with other keys first would take it for changed, and save it.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
    app.jinja_env.globals.update(
        home=settings.mount,
        page_style=lambda: bundle.maybe_entry("gate-page"),
        installable=install.installable,
    )
    supervisor = Supervisor(settings.runtime)
    app.extensions["ide.places"] = places or supervisor
    app.extensions["ide.waker"] = Waker()
    app.extensions["ide.supervisor_answers"] = lambda: bool(supervisor.version())
    app.extensions["ide.links"] = Links(settings, database)
    app.config["SOCK_SERVER_OPTIONS"] = SERVER_OPTIONS
    gate = _gate(settings, database)
    log_requests(app, trust_id=settings.behind_proxy)
    gate.guard(app)
    add_headers(app)
    tell_errors(app)
    _register(app)
    gate.verify(app)
    mount(app, settings)
    return app


def _gate(settings: Settings, database: Database) -> Gate:
    gate = Gate(settings, database)
    gate.load_login = lambda token: logins.load(database, settings, token)
    gate.load_grant = lambda caller, workspace: grant_for(database, settings, caller, workspace)
    return gate


def _register(app: Flask) -> None:
    for pages in (account_pages, editor_pages, bundle, install, health):
        app.register_blueprint(pages.blueprint)
    for api in (
        account_views, editor_views, workspace_views, console_views, link_views, run_views,
        run_cards, search_views, file_views, channel_views, bell_views,
    ):  # fmt: skip
        app.register_blueprint(api.blueprint, url_prefix=API)


def on_worker_start(worker: Any) -> None:
    """Have links closed when gunicorn ends a worker: its `post_worker_init` hook.

    Without it the worker would wait for links that nobody ends, then be killed.
    """
    links: Links = worker.wsgi.extensions["ide.links"]
    passed_on = signal.getsignal(signal.SIGTERM)

    def end(number: int, frame: FrameType | None) -> None:
        links.retire()
        if callable(passed_on):
            passed_on(number, frame)

    signal.signal(signal.SIGTERM, end)
