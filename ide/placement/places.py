"""The workspaces that run on one machine, by id."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from ide.errors import IdeError, TooManyError, UnavailableError
from ide.placement import sweep
from ide.placement.folders import checked_workspace, remove_runtime_folder
from ide.placement.machine import Machine
from ide.placement.place import Place

_log = structlog.get_logger()


class Places:
    """At most as many as the machine has room for. Thread-safe."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._all: dict[str, Place] = {}
        self._lock = threading.Lock()
        self._ending = False

    def __len__(self) -> int:
        return len(self._all)

    def adopt(self) -> None:
        """Take over what runs and sweep away what is left of what does not."""
        for name in sorted(os.listdir(self._machine.runtime_fd)):  # noqa: PTH208
            try:
                workspace = checked_workspace(name)
                place = Place(self._machine, workspace)
                if place.adopt():
                    self._all[workspace] = place
                    place.open()
                    _log.info("adopted", **place.describe())
                else:
                    remove_runtime_folder(self._machine.runtime_fd, workspace)
            except IdeError:
                continue  # not a workspace: a lock or a socket
            except OSError as error:
                _log.warning("not adopted", workspace=name, reason=str(error))
        known = {workspace: place.sandbox_pids() for workspace, place in self._all.items()}
        sweep.end_programs(self._machine, known)

    def renew_keepers(self) -> None:
        """Replace adopted keepers of another build, one by one.

        The first that does not come back ends it: the other workspaces keep what works.
        """
        with self._lock:
            places = list(self._all.values())
        for place in places:
            try:
                place.renew_keeper()
            except (IdeError, OSError, TimeoutError) as error:
                _log.warning("keepers not replaced", **place.describe(), reason=str(error))
                return

    def sweep(self) -> None:
        """Remove what a killed predecessor left of workspaces that do not run."""
        sweep.end_groups(self._machine, lambda: set(self._all), self._lock)
        sweep.remove_rest(self._machine)

    def hold_limits(self) -> None:
        """See to it that the limits of what was adopted hold on."""
        with self._lock:
            places = list(self._all.values())
        for place in places:
            try:
                place.hold_limits()
            except (IdeError, OSError) as error:  # the limits of the others hold all the same
                _log.warning("limits may not hold", **place.describe(), reason=str(error))

    def describe(self) -> list[dict[str, Any]]:
        """Return every workspace as in the answer to `list`."""
        with self._lock:
            return [place.describe() for place in self._all.values()]

    def get(self, workspace: str) -> Place:
        """Return a place, made when there is none. Raises TooManyError, UnavailableError."""
        with self._lock:
            if self._ending:
                raise UnavailableError("The supervisor is ending; start the server again.")
            place = self._all.get(workspace)
            if place is None:
                if len(self._all) >= self._machine.limit:
                    raise TooManyError(
                        f"This machine already runs {self._machine.limit} workspaces;"
                        " one must end before another starts."
                    )
                self._machine.make_folders(workspace)
                place = self._all[workspace] = Place(self._machine, workspace)
                place.open()
            return place

    def known(self, workspace: str) -> Place:
        """Return a place that is there. Raises UnavailableError when the workspace does not run.

        A keeper on its way out may ask too: that must not start anything.
        """
        with self._lock:
            place = self._all.get(workspace)
        if place is None:
            raise UnavailableError("This workspace does not run.")
        return place

    def stop(self, workspace: str) -> None:
        """End a workspace, if it runs."""
        with self._lock:
            place = self._all.get(workspace)
        if place is not None:
            place.stop()
            with self._lock:
                # Another call may have stopped it too, and a new one may be there already.
                if self._all.get(workspace) is place:
                    del self._all[workspace]

    def stop_all(self) -> None:
        """End every workspace; none begins any more. Raises UnavailableError: some remain."""
        with self._lock:
            self._ending = True
            workspaces = list(self._all)
        with ThreadPoolExecutor(max_workers=16) as pool:
            stops = {workspace: pool.submit(self.stop, workspace) for workspace in workspaces}
        left = [workspace for workspace, stop in stops.items() if stop.exception()]
        if left:
            self._ending = False
            raise UnavailableError(f"These workspaces did not end: {', '.join(left)}.")
