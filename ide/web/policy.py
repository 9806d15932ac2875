"""What a view demands of a request, declared on the view; without one no app starts."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from ide.guard.grant import Right

JSON_BODY_BYTES: Final = 256 * 1024
View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE: Final = "ide_policy"


class Who(Enum):
    """Who may ask."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    WORKSPACE = "signed in, and with a right in the workspace that the request names"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may ask, with which right, how large the body may be, and how an error is told.

    `body_bytes` None means settings.max_body_bytes. `page` answers are HTML, and somebody signed
    out is sent to the sign-in page. `any_host` is for health checks and built files, which are the
    same for everybody: neither host nor login is asked.
    """

    who: Who
    right: Right | None = None
    body_bytes: int | None = JSON_BODY_BYTES
    page: bool = False
    any_host: bool = False
    csrf: bool = True


def declare(policy: Policy) -> Callable[[View], View]:
    """Put `policy` on a view; goes below the route decorator."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, policy)
        return view

    return mark


def policy_of(view: Callable[..., Any] | None) -> Policy | None:
    """Return what was declared on a view, or None."""
    declared = getattr(view, _ATTRIBUTE, None)
    return declared if isinstance(declared, Policy) else None


def signed_in(view: View) -> View:
    """Demand a login, and nothing of a workspace."""
    return declare(Policy(Who.SIGNED_IN))(view)


def in_workspace(
    right: Right, *, body_bytes: int | None = JSON_BODY_BYTES
) -> Callable[[View], View]:
    """Demand a login with `right` in the workspace `<ws>` of the route (or `?workspace=`)."""
    return declare(Policy(Who.WORKSPACE, right, body_bytes))
