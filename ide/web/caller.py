"""Who asks, as the gate learned it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person on one signed-in device."""

    user_id: int
    name: str
    owner: bool
    login: str
    csrf: str
    until: datetime
    device: str
