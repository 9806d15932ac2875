"""Bodies of the account requests."""

from typing import Annotated

from pydantic import StringConstraints

from ide.web.schemas import Body

Password = Annotated[str, StringConstraints(max_length=1000)]


class SignIn(Body):
    """Who signs in."""

    name: Annotated[str, StringConstraints(max_length=200)]
    password: Password


class ChangePassword(Body):
    """The password until now and the one from now on."""

    current: Password
    new: Password
