"""Bodies of the requests about channels."""

from typing import Annotated, Literal

from pydantic import Field, RootModel, StringConstraints

from ide.web.schemas import Body

MAX_NAME_CHARS = 100
MAX_URL_CHARS = 1000
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NAME_CHARS)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL_CHARS)]
_WORD = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]{1,64}"
"""Without `?`, which makes a word of headers that hides another address."""
_PART = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Subscription(Body):
    """What a browser gave out for pushes to it."""

    endpoint: Url
    p256dh: Key
    auth: Key


class Push(Subscription):
    """A channel to the browser that asks."""

    kind: Literal["push"]
    name: Name = ""


class Mail(Body):
    """A channel to a mail address."""

    kind: Literal["mail"]
    name: Name = ""
    address: Annotated[
        str,
        StringConstraints(max_length=254, pattern=rf"^{_WORD}(\.{_WORD})*@{_PART}(\.{_PART})*$"),
    ]


class Webhook(Body):
    """A channel to a program elsewhere."""

    kind: Literal["webhook"]
    name: Name = ""
    url: Url


class Added(RootModel[Annotated[Push | Mail | Webhook, Field(discriminator="kind")]]):
    """A channel of any kind."""


class Rename(Body):
    """Another name."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_CHARS)
    ]


class Renew(Subscription):
    """A browser that replaced its subscription by another, and may not say which one."""

    old: Url | None = None
