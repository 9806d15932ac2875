"""Request bodies and arguments, checked before a view sees them."""

import json
import re
from typing import Any, Final, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from ide.errors import BadRequestError

MAX_REF_CHARS: Final = 3 * 4096
_REF = re.compile(r"[A-Za-z0-9\-._~!$'()*,;:@/%+=]*")
_OBJECT = TypeAdapter(dict[str, JsonValue])
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Body(BaseModel):
    """A JSON object of known names; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=MAX_REF_CHARS)


_Body = TypeVar("_Body", bound=BaseModel)


def body(model: type[_Body]) -> _Body:
    """Read the request's JSON body. Raises BadRequestError, naming the fields that are wrong."""
    if not request.is_json:
        raise BadRequestError("The body must be JSON (Content-Type: application/json).")
    try:
        return model.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        fields = {
            ".".join(str(part) for part in problem["loc"]) or "body": problem["msg"]
            for problem in error.errors(include_url=False, include_input=False)
        }
        wrong = ", ".join(sorted(fields))
        raise BadRequestError(f"These parts of the request are wrong: {wrong}.", **fields) from None


def checked_ref(ref: str) -> str:
    """Return `ref` when it is percent-encoded text. Raises BadRequestError.

    Where it points is for the file worker to judge, inside the sandbox.
    """
    if len(ref) > MAX_REF_CHARS or not _REF.fullmatch(ref) or _ESCAPE.search(ref):
        raise BadRequestError("That is not a percent-encoded path.")
    return ref


def ref_argument(name: str = "path", default: str | None = None) -> str:
    """Return the ref in `?name=`, as sent: its bytes are never decoded, so odd names survive.

    Raises BadRequestError when it is missing without a `default`, or not percent-encoded.
    """
    refs = _refs(name)
    if refs:
        return refs[0]
    if default is None:
        raise BadRequestError(f"The argument {name} is missing.")
    return default


def ref_arguments(name: str = "path", *, most: int) -> list[str]:
    """Return all refs in `?name=&name=`, 1 to `most`, as `ref_argument` does."""
    refs = _refs(name)
    if not 0 < len(refs) <= most:
        raise BadRequestError(f"The argument {name} is wanted 1 to {most} times.")
    return refs


def _refs(name: str) -> list[str]:
    parts = request.query_string.decode("ascii", "replace").split("&")
    pairs = (part.partition("=") for part in parts)
    return [checked_ref(value) for key, _, value in pairs if key == name]


def json_object() -> dict[str, Any]:
    """Read a JSON object of any names. Raises BadRequestError for anything else.

    Also for what Python takes and no browser could read again: NaN, half a surrogate pair.
    """
    try:
        if request.is_json:
            value = _OBJECT.validate_json(request.get_data(cache=False))
            json.dumps(value, allow_nan=False)
            return value
    except ValueError:
        pass
    raise BadRequestError("The body must be a JSON object.")
