"""Finding out about network devices, which may hang, beside everything that others wait for."""

import threading
import time
from typing import Final

from ide.sandbox.network import NetworkProbe, probe_network
from ide.settings import Settings

SOON_SECONDS: Final = 1.0
"""So long do others wait from its beginning: where nothing hangs it takes a quarter of that."""
LONGEST_SECONDS: Final = 90.0
"""Above all the time limits of the trial together."""
STILL: Final = NetworkProbe("none", ("Which network devices there are is still being tried.",))


class NetworkTrial:
    """One trial in a thread of its own, begun when it is made. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._result = STILL
        self._done = threading.Event()
        self._soon = time.monotonic() + SOON_SECONDS
        threading.Thread(target=self._run, name="network-trial", daemon=True).start()

    def soon(self) -> NetworkProbe:
        """Return what was found, STILL when that takes unusually long."""
        self._done.wait(max(0.0, self._soon - time.monotonic()))
        return self._result

    def surely(self) -> NetworkProbe:
        """Return what was found, however long it takes."""
        self._done.wait(LONGEST_SECONDS)
        return self._result

    def _run(self) -> None:
        try:
            self._result = probe_network(self._settings)
        except Exception as error:  # noqa: BLE001 - then there is none, and the reason is said
            reason = f"Network devices could not be tried: {type(error).__name__}: {error}"
            self._result = NetworkProbe("none", (reason,))
        finally:
            self._done.set()
