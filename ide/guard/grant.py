"""The grant that a web worker hands to a keeper as the first frame of every connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class BadGrantError(ValueError):
    """A grant that is incomplete, of the wrong shape, or for something else."""


class Right(StrEnum):
    """What a grant allows. An owner holds all of them."""

    VIEW = "view"
    TYPE = "type"
    MANAGE = "manage"
    FILES = "files"


class NetworkPlan(StrEnum):
    """What consoles of a workspace may reach."""

    NONE = "none"
    PACKAGES = "packages"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for one login to use one workspace until `until` (seconds since the epoch).

    `network` and `network_hosts` are the plan of the workspace's owner; the keeper remembers
    the newest one it was given. `network_hosts` matters for the plan `packages` alone.
    """

    login: str
    user: str
    workspace: str
    rights: frozenset[Right]
    until: float
    device: str = ""
    network: NetworkPlan = NetworkPlan.NONE
    network_hosts: tuple[str, ...] = ()

    def allows(self, right: Right, now: float) -> bool:
        """Whether `right` is granted at `now` (seconds since the epoch)."""
        return now < self.until and right in self.rights

    def to_json(self) -> dict[str, Any]:
        """Return the value of a GRANT frame."""
        return {
            "login": self.login,
            "user": self.user,
            "workspace": self.workspace,
            "rights": sorted(self.rights),
            "until": self.until,
            "device": self.device,
            "network": str(self.network),
            "network_hosts": list(self.network_hosts),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a GRANT frame. Raises BadGrantError."""
        try:
            return cls(
                login=str(value["login"]),
                user=str(value["user"]),
                workspace=str(value["workspace"]),
                rights=frozenset(Right(right) for right in value["rights"]),
                until=float(value["until"]),
                device=str(value.get("device", ""))[:100],
                network=NetworkPlan(value.get("network", "none")),
                network_hosts=tuple(str(host) for host in value.get("network_hosts", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadGrantError("not a grant") from error
