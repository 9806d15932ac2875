"""A console's output on the disk, told to the processes that index it and search in it."""

import struct
import time
from pathlib import Path

from ide.keeper import index_search
from ide.keeper.index_part import FOLDER
from ide.keeper.indexing import Indexing, LeftOverError

START = 1_700_000_000


class Output:
    """What consoles of one workspace printed; its index lies beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.consoles = folder, {}

    def printed(self, data: bytes, name: str = "c", at: int = 0) -> None:
        """Have a console's log be `data`, from the offset `at` on, a second for each 16 KiB."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.raw"):
            path.unlink()
        path = folder / f"{at:020d}.raw"
        path.write_bytes(data)
        seconds = range(len(data) // 16384 + 1)
        times = [(at + 16384 * one, (START + one) * 1000) for one in seconds]
        (folder / "times").write_bytes(b"".join(struct.pack(">QQ", *one) for one in times))
        self.consoles[name] = self.consoles.get(name, {"epoch": "e", "never": False}) | {
            "id": name, "folder": str(folder), "head": at + len(data), "title": f"Bash {name}",
            "segments": [(at, None, path.name, at, False)], "state": "ended", "program_title": "",
        }  # fmt: skip

    def job(self, cap: int = 1 << 30) -> dict:
        return {
            "consoles": list(self.consoles.values()), "cap_bytes": cap, "min_free_bytes": 0,
            "cards": str(self.folder / "cards.db"),
        }  # fmt: skip

    def index(self, cap: int = 1 << 30, pieces: int = 1 << 30) -> dict:
        """Do one job, that ends after so many pieces of work."""
        left = [pieces]

        def rest() -> None:
            left[0] -= 1
            if not left[0]:
                raise LeftOverError

        return Indexing(self.job(cap), rest).run()

    def search(
        self, text: str, limit: int = 5, before: int | None = None, console: str | None = None
    ) -> dict:
        return index_search.answer({
            "q": text, "before": before, "limit": limit, "cards": str(self.folder / "cards.db"),
            "consoles": [one for name, one in self.consoles.items() if console in {None, name}],
            "asked_at": time.monotonic() + 60,  # as long as it takes
        })  # fmt: skip

    def found(self, text: str, **more) -> list[str]:
        """Return the lines that have it, those of a console together, the newest first."""
        answer = self.search(text, **{"limit": 50} | more)
        assert not answer["failed"]
        return ["".join(hit["parts"]) for one in answer["consoles"] for hit in one["hits"]]

    def parts(self, name: str = "c") -> list[str]:
        """Return the names of a console's parts."""
        found = (self.folder / name / FOLDER).glob("*.*")
        return sorted(path.name for path in found if path.suffix in {".part", ".growing"})
