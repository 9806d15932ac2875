"""One search over all output of a workspace: `python -m ide.keeper.index_search`.

The job comes as JSON on the standard input, the answer goes out as JSON. Consoles are looked at in
turns, until each has its newest hit or the time is over: then the answer says where to go on.
Bounded in time: what was typed never runs in the keeper.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from typing import Any, Final

from ide.keeper.index_bounds import Search
from ide.keeper.index_cards import found_cards
from ide.keeper.index_in_console import InConsole

MAX_COUNT: Final = 100
"""Hits of a console are counted so far."""
_GO_ON_NICE: Final = 10
"""Who goes on takes what others leave: something is shown already."""
_CPU_SECONDS: Final = 4
_MEMORY_BYTES: Final = 512 * 1024 * 1024
_MAX_UNSEARCHED: Final = 8


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the job asks for."""
    search = Search(job)
    places = [InConsole(search, one, job["before"]) for one in job["consoles"]]
    waiting = places
    while waiting and not search.is_late():
        waiting = [place for place in waiting if not place.look_for_one()]
    for place in waiting:
        place.is_left = True
    for wanted in (job["limit"], max(MAX_COUNT, job["limit"])):
        for place in places:
            place.look(wanted, job["limit"])
    groups = [place.to_json() for place in sorted(places, key=lambda one: -one.newest)]
    unsearched = [one for place in places for one in place.unsearched_to_json()]
    unsearched.sort(key=lambda one: one["to"] or 0, reverse=True)
    commands = found_cards(job, search.finders) if job["before"] is None else {"commands": []}
    return {
        **commands,
        "consoles": [one for one in groups if one["hits"] or one["title_parts"] or one["more"]],
        "unsearched": unsearched[:_MAX_UNSEARCHED],
        "failed": search.failed, "damaged": search.damaged,
    }  # fmt: skip


def main() -> None:
    """Answer one job."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    job = json.loads(sys.stdin.buffer.read())
    if job["before"] is not None:
        os.nice(_GO_ON_NICE)
    sys.stdout.write(json.dumps(answer(job)))
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
    os._exit(0)
