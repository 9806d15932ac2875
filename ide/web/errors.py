"""How an error is told: as JSON to programs, as a page to people."""

import sys
import traceback
from http import HTTPStatus

from flask import Flask, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from ide import errors
from ide.web import current
from ide.web.gate import ForeignHostError
from ide.web.log import server_log
from ide.web.policy import policy_of

_BY_STATUS = {error.status: error for error in reversed(errors.ALL_ERRORS)}


def tell_errors(app: Flask) -> None:
    """Answer every error of `app` in our one shape."""
    app.register_error_handler(errors.IdeError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(Exception, _tell_bug)


def _tell(error: errors.IdeError) -> Response:
    return _answer(error.status, error.code, error.message, error.detail, error)


def _tell_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:  # whole already, or a redirect
        return error.get_response(request.environ)
    status = HTTPStatus(error.code or 500)
    detail: dict[str, object] = {}
    message = error.description or status.phrase
    if isinstance(error, RequestEntityTooLarge):
        detail["limit_bytes"] = request.max_content_length
        message = f"That is more than the {request.max_content_length} bytes allowed here."
    elif status is HTTPStatus.NOT_FOUND:
        message = "There is nothing at this address."
    kind = _BY_STATUS.get(status)
    code = kind.code if kind else "bad_request" if status < 500 else "internal"
    response = _answer(status, code, message, detail, None)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _tell_bug(error: Exception) -> Response:
    """Log where it happened, not what was in it: a message may carry somebody's text."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    server_log().error(
        "bug",
        request_id=current.request_id(),
        kind=type(error).__name__,
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )
    message = (
        "Something went wrong in the server; your text and your programs are not touched."
        f" The server log has it under {current.request_id()}."
    )
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message, {}, None)


def _answer(
    status: HTTPStatus,
    code: str,
    message: str,
    detail: dict[str, object],
    error: errors.IdeError | None,
) -> Response:
    response: Response
    if _wants_page():
        page = render_template(
            "error.html",
            title=status.phrase,
            message=message,
            foreign_host=isinstance(error, ForeignHostError),
            scheme=request.scheme,
            host=request.host,
        )
        response = current_app.make_response((page, status))
    else:
        response = jsonify(error={"code": code, "message": message, "detail": detail})
        response.status_code = status
    retry = detail.get("retry_seconds")
    if isinstance(retry, int | float):
        response.headers["Retry-After"] = str(int(retry) + 1)
    return response


def _wants_page() -> bool:
    policy = policy_of(current_app.view_functions.get(request.endpoint or ""))
    if policy is not None and policy.page:
        return True
    return "/api/" not in request.path and request.accept_mimetypes.accept_html
