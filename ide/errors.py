"""One family of errors: each says whose fault it is in a sentence safe to show."""

from http import HTTPStatus
from typing import Any, ClassVar


class IdeError(Exception):
    """Something went wrong that can be said to a person.

    `code` is for programs, `status` for HTTP, `close_code` for a WebSocket; the message is one or
    two sentences: what happened, what is safe, what to do. `detail` is JSON for the page.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    close_code: ClassVar[int] = 1011

    def __init__(self, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class BadRequestError(IdeError):
    """The request is malformed."""

    code = "bad_request"
    status = HTTPStatus.BAD_REQUEST
    close_code = 4400


class NotSignedInError(IdeError):
    """No login, or one that ended."""

    code = "not_signed_in"
    status = HTTPStatus.UNAUTHORIZED
    close_code = 4401


class ForbiddenError(IdeError):
    """The login is good, the request is refused (CSRF, Origin, host, plan)."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN
    close_code = 4403


class NotFoundError(IdeError):
    """No such thing, or a thing of somebody else."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    close_code = 4404


class ConflictError(IdeError):
    """The thing is in another state than the request assumed."""

    code = "conflict"
    status = HTTPStatus.CONFLICT
    close_code = 4409


class StoppedError(IdeError):
    """The workspace was stopped by its owner, and nobody has asked for it since."""

    code = "stopped"
    status = HTTPStatus.CONFLICT
    close_code = 4409


class ChangedError(IdeError):
    """The file changed since it was read (If-Match failed)."""

    code = "changed"
    status = HTTPStatus.PRECONDITION_FAILED
    close_code = 4412


class TooLargeError(IdeError):
    """More bytes than the limit that `detail` names."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    close_code = 1009


class TooManyError(IdeError):
    """A limit in count or rate; `detail` may carry `retry_seconds`."""

    code = "too_many"
    status = HTTPStatus.TOO_MANY_REQUESTS
    close_code = 4429


class FullError(IdeError):
    """No room on the disk; the old content is intact."""

    code = "disk_full"
    status = HTTPStatus.INSUFFICIENT_STORAGE
    close_code = 4507


class UnavailableError(IdeError):
    """A process we need does not answer, or this machine cannot do it; retrying may help."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    close_code = 1013


class SandboxError(UnavailableError):
    """No sandbox can be made here; the message says why and what to do."""

    code = "no_sandbox"


class SettingsError(IdeError):
    """A setting has a value that cannot work; said at start, before anything is touched."""

    code = "settings"


ALL_ERRORS: tuple[type[IdeError], ...] = (
    IdeError, BadRequestError, NotSignedInError, ForbiddenError, NotFoundError, ConflictError,
    StoppedError, ChangedError, TooLargeError, TooManyError, FullError, UnavailableError,
    SandboxError, SettingsError,
)  # fmt: skip
"""The table: `by_code` turns the word a process sent back into the error it stands for."""


def by_code(code: str) -> type[IdeError]:
    """Return the error class of `code`, IdeError for an unknown one."""
    return next((error for error in ALL_ERRORS if error.code == code), IdeError)
