"""`ide serve`: start everything, keep web and supervisor alive, say what people need to know."""

import dataclasses
import os
import select
import signal
import sys
from contextlib import suppress
from typing import Any, Final

import click

import ide
from ide.build import is_newer
from ide.cli import serve_lock
from ide.cli.address import bind, page_address, qr_code
from ide.cli.children import SupervisorKeepAlive, Web
from ide.cli.options import command_line, counted, say, serve_options, with_settings
from ide.cli.steps import step
from ide.errors import ConflictError, IdeError, UnavailableError
from ide.placement.accounts import service_account
from ide.placement.folders import is_removed, make_data_folder, make_runtime_folder
from ide.placement.locks import remove_lock
from ide.placement.server_log import bound_server_log, open_server_log
from ide.sandbox import reach, toolbox
from ide.settings import Settings

CHECK_SECONDS: Final = 30.0


@click.command()
@click.option("--bind", metavar="ADDRESS:PORT", help="Where to listen (default 127.0.0.1:8000).")
@click.option(
    "--lan", is_flag=True, default=None, help="Listen on all interfaces; show a tablet's address."
)
@click.option(
    "--address", metavar="URL", help="The public address behind a proxy: https://host/path/"
)
@click.option(
    "--unsafe-no-sandbox",
    is_flag=True,
    default=None,
    help="Run consoles WITHOUT a sandbox where none can be made: they can do all you can.",
)
@click.option("--attach", is_flag=True, help="Never start a supervisor; its own service does.")
@with_settings
def serve(settings: Settings, *, attach: bool) -> None:
    """Start the IDE and keep it running."""
    Serve(settings, only_attach=attach).run()


class Serve:
    """One `ide serve` from start to end."""

    def __init__(self, settings: Settings, *, only_attach: bool) -> None:
        self._settings = settings
        self._only_attach = only_attach
        self._is_up = False
        self._ends = False

    def run(self) -> None:
        """Start, watch, stop the web. Raises IdeError when something cannot be started."""
        settings = self._settings
        service = service_account(settings)
        os.umask(0o077)
        self._folders = (
            make_data_folder(settings, service),
            make_runtime_folder(settings, service),
        )
        lock = self._take_lock()
        try:
            self._run(lock)
        finally:
            remove_lock(settings.runtime / serve_lock.SERVE_LOCK)

    def _run(self, lock: int) -> None:
        settings = self._settings
        self._listener = bind(settings)
        port = self._listener.getsockname()[1]
        self._settings = settings = dataclasses.replace(
            settings,
            bind=f"{settings.bind.rpartition(':')[0]}:{port}",
            runtime_dir=str(settings.runtime),
        )
        self._address = page_address(settings, port)
        serve_lock.write(lock, self._address)
        self._log_fd = open_server_log(settings)
        bound_server_log(self._log_fd)
        self._watch_signals()
        self._web = Web(settings, self._listener.fileno(), self._log_fd)
        try:
            self._start_all()
            self._watch()
        finally:
            self._stop(lock)

    def _take_lock(self) -> int:
        try:
            return serve_lock.take(self._settings, "")
        except ConflictError as error:
            stop = command_line(self._settings, "stop")
            error.message += f". End it, and its consoles, with: {stop}"
            raise

    def _start_all(self) -> None:
        settings = self._settings
        say("Starting the IDE …")
        with step("Making the server's code reachable for its own accounts"):
            reach.make_reachable(reach.server_paths(settings))
        with step("Preparing the Python tools for inside the sandbox"):
            toolbox.ensure(settings)
        self._supervisor = SupervisorKeepAlive(
            settings, self._log_fd, only_attach=self._only_attach
        )
        with step("Starting the supervisor and looking at what this machine can do"):
            found, ran_already = self._supervisor.attach_or_start()
            found = self._supervisor.replace_older(found)
        self._say_found(found, ran_already=ran_already)
        with step("Starting the web"):
            token = self._web.start_first()
        self._is_up = True
        self._say_address(token)

    def _say_found(self, found: dict[str, Any], *, ran_already: bool) -> None:
        if ran_already:
            workspaces = self._supervisor.client.capacity()["workspaces"]
            running = counted(workspaces, "running workspace")
            if self._supervisor.replaced:
                say(
                    f"Upgraded the supervisor from version {self._supervisor.replaced} to"
                    f" {found['version']}; what runs goes on ({running})."
                )
            else:
                say(
                    f"Attached to the supervisor that runs already (pid {found['pid']},"
                    f" version {found['version']}, {running})."
                )
            if is_newer(found["version"], ide.__version__):
                say(f"  It is newer than this server ({ide.__version__}); start the newer one.")
        if found["kind"] == "bubblewrap":
            own = "each workspace with its own account" if found["own_uids"] else "one account"
            say(
                f"Sandbox: level {found['level']}, bubblewrap of the {found['bwrap_origin']}"
                f" ({found['bwrap']}), {own}."
            )
        elif found["unsafe"]:
            say(
                "WARNING: --unsafe-no-sandbox. Consoles run WITHOUT a sandbox, and whoever may sign"
            )
            if found["own_uids"]:
                say("in, each as an account of their own, can read what every account here can.")
            else:
                say("in can read and do everything that this account can.")
        else:
            say("No sandbox can be made on this machine, so consoles are refused.")
        if found["unsafe"] != self._settings.unsafe_no_sandbox:
            given = "with" if found["unsafe"] else "without"
            say(f"The running supervisor was started {given} --unsafe-no-sandbox; that holds until")
            say(f"  {command_line(self._settings, 'stop')}")
        for reason in found["reasons"]:
            say(f"  {reason}")

    def _say_address(self, token: str | None) -> None:
        settings = self._settings
        say()
        say(f"Ready:  {self._address}")
        if token:
            say("Make the owner's account here (this link works once):")
            say(f"  {self._address}setup/{token}")
        if settings.lan:
            say("On a tablet in the same network open the address above, or scan:")
            if "utf" in (sys.stdout.encoding or "").lower():
                say(qr_code(self._address))
        say(f"Ctrl-C stops the web; consoles keep running. Server log: {settings.data}/server.log")

    def _watch_signals(self) -> None:
        """Have SIGINT, SIGTERM and SIGHUP end the watch; who ignores one (nohup) keeps that."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end)

    def _watch(self) -> None:
        """Start again what ends, until `_end`. Raises UnavailableError: there is no folder."""
        while True:
            self._check_folders()
            for process, again in (
                (self._web.process, self._restart_web),
                (self._supervisor.process, self._restart_supervisor),
            ):
                if process is None or not process.alive():
                    again()
            self._await_change()

    def _check_folders(self) -> None:
        if not any(is_removed(folder) for folder in self._folders):
            return
        settings = self._settings
        with suppress(IdeError):  # it may have ended by itself: it looks too
            self._supervisor.client.retire()
        self._ends = True
        name = "data" if is_removed(self._folders[0]) else "runtime"
        folder = settings.data if name == "data" else settings.runtime
        raise UnavailableError(f"the {name} folder {folder} was removed, so everything on it ends")

    def _await_change(self) -> None:
        poll = select.poll()
        due = [CHECK_SECONDS]
        for child in (self._web, self._supervisor):
            if child.process is not None and child.process.fd >= 0 and child.process.alive():
                poll.register(child.process.fd, select.POLLIN)
            else:
                due.append(child.back_off.wait_seconds)
        poll.poll(min(due) * 1000 + 1)
        bound_server_log(self._log_fd)

    def _restart_web(self) -> None:
        web = self._web
        if web.process is not None:
            web.process.close()
            web.process = None
            wait = web.back_off.ended()
            say(f"The web ended; starting it again{f' in {wait:.1f} s' if wait else ''}.")
        if not web.back_off.wait_seconds:
            try:
                web.start_again()
            except OSError as error:  # no memory or processes left at this moment
                say(f"The web cannot be started ({error.strerror}); trying again.")
                web.back_off.put_off()

    def _restart_supervisor(self) -> None:
        supervisor = self._supervisor
        if supervisor.process is not None:
            supervisor.process.close()
            supervisor.process = None
            wait = supervisor.back_off.ended()
            say(f"The supervisor ended; starting it again{f' in {wait:.1f} s' if wait else ''}.")
        if not supervisor.back_off.wait_seconds:
            supervisor.attach_or_start_again()

    def _stop(self, lock: int) -> None:
        """End the web alone and say what goes on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._web.stop()
        self._listener.close()
        if not self._is_up:
            return
        all_ends = self._ends or serve_lock.all_ends(lock)
        say()
        say(f"The web has stopped. {'Consoles end too.' if all_ends else 'Consoles keep running.'}")
        say(f"  To come back:       {command_line(self._settings, serve_options(self._settings))}")
        if not all_ends:
            say(f"  To end them too:    {command_line(self._settings, 'stop')}")


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)
