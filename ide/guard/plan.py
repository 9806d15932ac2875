"""What a workspace may use: its plan. Pure data, which travels in a grant.

A limit of 0 means none of the plan's own; then only the machine's ceilings hold.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final, Literal, Self

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB
MAX_NUMBER: Final = 1 << 53
"""The greatest whole number that JSON carries exactly."""
MAX_HOSTS: Final = 200
MAX_HOST_CHARS: Final = 253
MAX_NAME_CHARS: Final = 32
HIGHEST_LEVEL: Final = 3


class BadPlanError(ValueError):
    """A plan with a field that is unknown or has no such value; the text names the field."""


class NetworkPlan(StrEnum):
    """What consoles of a workspace may reach.

    `packages` and `web` go through the keeper's forwarder; `outbound` has a network device that
    reaches global addresses alone, `full` one that reaches private ones too.
    """

    NONE = "none"
    PACKAGES = "packages"
    WEB = "web"
    OUTBOUND = "outbound"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of one workspace: sizes in bytes, times in seconds.

    `level` is what the machine must at least hold (docs/security.md). `cpu_weight` is the share
    beside others when the processor is scarce (1 to 10,000, usually 100), `cpu_percent` the
    ceiling, in percent of one core. `files` counts files and folders of the home folder.
    `log_bytes` holds for all consoles together, on the disk. After `lifetime_seconds` the
    workspace is stopped, after `sleep_seconds` it sleeps when nothing but idle shells is left.
    A home in `memory` ends with the sandbox. `network_hosts` matters for `packages` alone.
    """

    name: str = "standard"
    level: int = 1
    memory_bytes: int = 4 * GIB
    cpu_weight: int = 100
    cpu_percent: int = 0
    processes: int = 512
    open_files: int = 4096
    file_bytes: int = 0
    disk_bytes: int = 10 * GIB
    files: int = 1_000_000
    tmp_bytes: int = 512 * MIB
    shm_bytes: int = 64 * MIB
    consoles: int = 32
    log_bytes: int = GIB
    lifetime_seconds: int = 0
    sleep_seconds: int = 0
    home: Literal["disk", "memory"] = "disk"
    network: NetworkPlan = NetworkPlan.NONE
    network_hosts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it with one key a field."""
        return asdict(self) | {
            "network": str(self.network),
            "network_hosts": list(self.network_hosts),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back; a missing field has its default. Raises BadPlanError."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise BadPlanError(f"{unknown[0]!r} is no limit of a plan")
        return cls(**{name: _READERS.get(name, _number)(name, one) for name, one in value.items()})

    @classmethod
    def from_later(cls, value: object) -> Self:
        """Read what a later version may have written: limits unknown here are skipped.

        Raises BadPlanError.
        """
        if not isinstance(value, Mapping):
            raise BadPlanError("a plan is an object with one key a limit")
        known = {field.name for field in fields(cls)}
        return cls.from_json({name: one for name, one in value.items() if name in known})

    def capped(self, ceilings: Mapping[str, int]) -> Self:
        """Return it with no limit above the ceiling of the same name; a ceiling of 0 is none."""
        lowered = {
            name: min(getattr(self, name) or ceiling, ceiling)
            for name, ceiling in ceilings.items()
            if ceiling
        }
        return replace(self, **lowered)  # type: ignore[arg-type]  # counts alone have ceilings


def _number(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise BadPlanError(f"{name} is a whole number from 0, not {value!r:.60}")
    return value


def _between(least: int, most: int) -> Any:
    def read(name: str, value: object) -> int:
        if not least <= _number(name, value) <= most:
            raise BadPlanError(f"{name} is a number from {least} to {most}, not {value}")
        return _number(name, value)

    return read


def _name(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise BadPlanError(f"{name} is a word of 1 to {MAX_NAME_CHARS} characters")
    return value


def _home(name: str, value: object) -> str:
    if value not in {"disk", "memory"}:
        raise BadPlanError(f"{name} is disk or memory, not {value!r:.60}")
    return str(value)


def _network(name: str, value: object) -> NetworkPlan:
    try:
        return NetworkPlan(str(value))
    except ValueError:
        raise BadPlanError(f"{name} is one of {', '.join(NetworkPlan)}") from None


def _hosts(name: str, value: object) -> tuple[str, ...]:
    if (
        not isinstance(value, list | tuple)
        or len(value) > MAX_HOSTS
        or not all(isinstance(host, str) and 0 < len(host) <= MAX_HOST_CHARS for host in value)
    ):
        raise BadPlanError(f"{name} is a list of at most {MAX_HOSTS} host names")
    return tuple(value)


_READERS: Final[dict[str, Any]] = {
    "name": _name,
    "level": _between(0, HIGHEST_LEVEL),
    "cpu_weight": _between(1, 10_000),
    "consoles": _between(1, 32),
    "home": _home,
    "network": _network,
    "network_hosts": _hosts,
}
