"""Something that goes on in a thread while a test does harm, and whose failure is the test's."""

import threading
from abc import ABC, abstractmethod
from typing import Self

JOIN_SECONDS = 60.0


class Background(ABC):
    """Starts with the `with` block and ends with it; what went wrong inside is raised there."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    @abstractmethod
    def run(self) -> None:
        """Go on until `stopping` is set."""

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - raised again by `check`
            self._failure = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        self._thread.join(JOIN_SECONDS)
        assert not self._thread.is_alive(), f"{self._thread.name} hangs"
        if error[0] is None:
            self.check()
