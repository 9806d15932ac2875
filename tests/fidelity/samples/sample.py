"""A file to look at in an editor."""

import math


class Circle:
    """A circle."""

    def __init__(self, radius: float) -> None:
        self.radius = radius

    def area(self) -> float:
        """Return its area, in the square of the radius' unit."""
        return math.pi * self.radius**2

    def name(self) -> str:
        return "Kreis, 円, κύκλος"


def greet(who: str = "world") -> str:
    return f"hello {who}, this line is rather long so that it wraps in a window that is not as wide as one would like it to be"


if __name__ == "__main__":
    for number in range(10):
        print(greet(str(number)), Circle(number).area())
