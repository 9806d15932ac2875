"""`ide serve`: start everything, keep it alive, say what people need to know."""

import dataclasses
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import click

from ide.cli import serve_lock, serve_words
from ide.cli.address import BACKLOG, bind, page_address
from ide.cli.certificate import Certificate
from ide.cli.children import KeptAlive, SupervisorKeepAlive, TlsFront, Web
from ide.cli.clerk import Clerk
from ide.cli.options import command_line, say, serve_options, with_settings
from ide.cli.renewal import LOOK_SECONDS, Renewal
from ide.cli.steps import step
from ide.errors import ConflictError, IdeError, UnavailableError
from ide.placement.accounts import service_account
from ide.placement.folders import is_removed, make_data_folder, make_runtime_folder
from ide.placement.locks import remove_lock
from ide.placement.processes import raise_open_files
from ide.placement.server_log import bound_server_log, open_server_log
from ide.sandbox import reach, toolbox
from ide.settings import Settings

CHECK_SECONDS: Final = 30.0
WEB_SOCKET: Final = "web.sock"


@click.command()
@click.option("--bind", metavar="ADDRESS:PORT", help="Where to listen (default 127.0.0.1:8000).")
@click.option(
    "--lan", is_flag=True, default=None, help="Listen on all interfaces; show a tablet's address."
)
@click.option(
    "--tls", is_flag=True, default=None, help="Serve https with what `ide make-cert` made."
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
        raise_open_files()
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
        certificate = Certificate.load(settings) if settings.tls else None
        if certificate is not None:
            certificate.context()  # what is wrong with it is said now
        self._certificate = certificate
        self._listener = self._web_listener = bind(settings)
        port = self._listener.getsockname()[1]
        name = certificate.names[0] if certificate is not None else ""
        self._address = page_address(settings, port, name)
        self._given = dataclasses.replace(
            settings, bind=f"{settings.bind.rpartition(':')[0]}:{port}"
        )
        self._settings = settings = dataclasses.replace(
            self._given,
            runtime_dir=str(settings.runtime),
            address=self._address if settings.tls else settings.address,
        )
        serve_lock.write(lock, self._address)
        self._log_fd = open_server_log(settings)
        bound_server_log(self._log_fd)
        self._watch_signals()
        self._front: TlsFront | None = None
        if certificate is not None:
            self._make_front()
            self._renewal = Renewal(settings, certificate)
        self._web = Web(settings, self._web_listener.fileno(), self._log_fd)
        self._clerk = Clerk(settings, self._log_fd)
        try:
            self._start_all()
            self._watch()
        finally:
            self._stop(lock)

    def _make_front(self) -> None:
        """Put TLS before the web, which then listens where nobody else gets to."""
        path = self._settings.runtime / WEB_SOCKET
        path.unlink(missing_ok=True)
        self._web_listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._web_listener.bind(str(path))
        if service := service_account(self._settings):
            os.chown(path, service.uid, service.gid)
        self._web_listener.listen(BACKLOG)
        self._front = TlsFront(self._settings, self._listener.fileno(), path, self._log_fd)

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
        serve_words.say_found(settings, self._supervisor, found, ran_already=ran_already)
        with step("Starting the web"):
            token = self._web.start_first()
        if self._front is not None:
            self._front.start()
        self._clerk.start()  # after the web, which brings the database up to date
        self._is_up = True
        serve_words.say_address(settings, self._address, self._certificate, token)

    def _watch_signals(self) -> None:
        """Have SIGINT, SIGTERM and SIGHUP end the watch; who ignores one (nohup) keeps that."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end)

    def _watch(self) -> None:
        """Start again what ends, until `_end`. Raises UnavailableError: there is no folder."""
        while True:
            self._check_folders()
            if self._front is not None and self._renewal.look():
                self._front.stop()  # it gave up root, so another one reads the new certificate
            for child, name, start in self._kept_alive():
                if child.process is None or not child.process.alive():
                    self._start_again(child, name, start)
            self._await_change()

    def _kept_alive(self) -> Iterator[tuple[KeptAlive, str, Callable[[], None]]]:
        """Give what is to run, its name for people, and how it is started without waiting."""
        yield self._web, "The web", self._web.start_again
        yield self._supervisor, "The supervisor", self._supervisor.attach_or_start_again
        yield self._clerk, "The clerk", self._clerk.start
        if self._front is not None:
            yield self._front, "What speaks TLS", self._front.start

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
        due = [CHECK_SECONDS if self._front is None else LOOK_SECONDS]
        for child, _, _ in self._kept_alive():
            if child.process is not None and child.process.fd >= 0 and child.process.alive():
                poll.register(child.process.fd, select.POLLIN)
            else:
                due.append(child.back_off.wait_seconds)
        poll.poll(min(due) * 1000 + 1)
        bound_server_log(self._log_fd)

    def _start_again(self, child: KeptAlive, name: str, start: Callable[[], None]) -> None:
        """Start one that ended, unless it is to wait after ending so often."""
        if child.process is not None:
            child.process.close()
            child.process = None
            wait = child.back_off.ended()
            say(f"{name} ended; starting it again{f' in {wait:.1f} s' if wait else ''}.")
        if not child.back_off.wait_seconds:
            try:
                start()
            except OSError as error:  # no memory or processes left at this moment
                say(f"{name} cannot be started ({error.strerror}); trying again.")
                child.back_off.put_off()

    def _stop(self, lock: int) -> None:
        """End the web alone and say what goes on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if self._front is not None:
            self._front.stop()
            (self._settings.runtime / WEB_SOCKET).unlink(missing_ok=True)
        self._clerk.stop()
        self._web.stop()
        self._web_listener.close()
        self._listener.close()
        if not self._is_up:
            return
        all_ends = self._ends or serve_lock.all_ends(lock)
        say()
        say(f"The web has stopped. {'Consoles end too.' if all_ends else 'Consoles keep running.'}")
        say(f"  To come back:       {command_line(self._settings, serve_options(self._given))}")
        if not all_ends:
            say(f"  To end them too:    {command_line(self._settings, 'stop')}")


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)
