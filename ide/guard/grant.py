"""The grant that a web worker hands to a keeper as the first frame of every connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from ide.guard.plan import BadPlanError, NetworkPlan, Plan


class BadGrantError(ValueError):
    """A grant that is incomplete, of the wrong shape, or for something else."""


class Right(StrEnum):
    """What a grant allows. An owner holds all of them."""

    VIEW = "view"
    TYPE = "type"
    MANAGE = "manage"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for one login to use one workspace until `until` (seconds since the epoch).

    `plan` is that of the workspace's owner; the keeper remembers the newest one it was given.
    """

    login: str
    user: str
    workspace: str
    rights: frozenset[Right]
    until: float
    device: str = ""
    plan: Plan = field(default_factory=Plan)

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
            "plan": self.plan.to_json(),
            **self._for_earlier_keepers(),
        }

    def _for_earlier_keepers(self) -> dict[str, Any]:
        """Return the two fields that were the plan once, for keepers that stay until idle."""
        wide = self.plan.network in {NetworkPlan.OUTBOUND, NetworkPlan.FULL}
        network = NetworkPlan.WEB if wide else self.plan.network
        return {"network": str(network), "network_hosts": list(self.plan.network_hosts)}

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
                plan=Plan.from_later(value["plan"] if "plan" in value else _earlier_plan(value)),
            )
        except BadPlanError as error:
            raise BadGrantError(f"not a grant: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise BadGrantError("not a grant") from error


def _earlier_plan(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a web of an earlier version says of a plan: the network alone."""
    return {name: value[name] for name in ("network", "network_hosts") if name in value}
