"""What two measurements say that limits have ended meanwhile. Pure."""

from dataclasses import dataclass
from typing import Final

from ide.keeper.reasons import LimitReached, disk_sentence
from ide.keeper.sample import DiskKill, Sample, Victim

_AT_LIMIT: Final = 0.95
"""From this share of it on, the peak says that it was the workspace's own limit."""


@dataclass(slots=True)
class Rise:
    """Between two measurements, in loop time, limits ended programs; `left` have no console yet."""

    since: float
    until: float
    left: int
    limit: LimitReached
    by_machine: bool
    victims: list[Victim]
    cause: str = ""
    """What a console says, where that does not follow from the limit."""
    sought: bool = False
    """Whether those of no console that ended were sought elsewhere."""

    @property
    def certain(self) -> bool:
        """Whether it is known whom the limit ended: we ended them, not the kernel."""
        return self.limit.name == "disk"


def rises_between(before: Sample, now: Sample) -> list[Rise]:
    """Return what each limit has ended between these two."""
    of_memory = [_memory_rise(before, now)] if now.kills > before.kills else []
    return of_memory + _disk_rises(before, now)


def _memory_rise(before: Sample, now: Sample) -> Rise:
    limit = now.memory["limit"]
    peak = now.memory["peak"] or limit  # 0: a kernel that does not say it (before 5.19)
    used = max(before.memory["used"], now.memory["used"])
    # A cgroup's count has what the whole machine's want of memory ended, too.
    by_machine = not limit or (
        now.told["enforced"]["memory"] == "cgroup" and peak < limit * _AT_LIMIT
    )
    return Rise(
        since=before.clock,
        until=now.clock,
        left=now.kills - before.kills,
        limit=LimitReached("memory", used if by_machine else max(used, min(peak, limit)), limit),
        by_machine=by_machine,
        victims=[victim for number, victim in now.victims if number > before.kills],
    )


def _disk_rises(before: Sample, now: Sample) -> list[Rise]:
    """Return one rise for each session whose programs the disk limit ended since `before`."""
    known = max((one.number for one in before.disk_kills), default=0)
    by_session: dict[int, list[DiskKill]] = {}
    for one in now.disk_kills:
        if one.number > known:
            by_session.setdefault(one.victim.session, []).append(one)
    return [
        Rise(
            since=before.clock,
            until=now.clock,
            left=1,
            limit=LimitReached("disk", some[0].used, some[0].limit),
            by_machine=False,
            victims=[some[0].victim],
            cause=disk_sentence(
                (some[0].used, some[0].limit), (some[0].files, some[0].files_limit)
            ),
        )
        for some in by_session.values()
    ]
