"""How the figures of bench.tablet are printed: median, worst, and what a bare page does."""

import statistics
from typing import Final

from bench.tablet_page import AS_IS, Pace, Scroll

LEAST_TASK_MS: Final = 50
"""A browser tells of no shorter ones."""


def say_ms(
    what: str, pace: Pace, ours: list[float], goal: str, bare: list[float] | None = None
) -> None:
    """Print milliseconds."""
    median = statistics.median(ours)
    beside = _ratio(median, statistics.median(bare), "ms") if bare else ""
    _print(what, pace, f"{median:6.0f} ms, worst of {len(ours):2} {max(ours):6.0f}  {beside}", goal)


def say_tasks(what: str, pace: Pace, longest: list[float], bare: list[float] | None = None) -> None:
    """Print the longest tasks on the page's main thread."""
    goal = "<= 100 ms" if pace == AS_IS else "none"
    beside = f"bare {_task(statistics.median(bare))} ms" if bare else ""
    median, worst = _task(statistics.median(longest)), _task(max(longest))
    figure = f"{median} ms, worst of {len(longest):2} {worst}  {beside}"
    _print(f"longest task: {what}", pace, figure, goal)


def say_scrolls(what: str, pace: Pace, ours: list[Scroll], bare: list[Scroll]) -> None:
    """Print frames a second and the longest time between two."""
    rates, others = ([each.frames_per_second for each in some] for some in (ours, bare))
    median = statistics.median(rates)
    beside = _ratio(median, statistics.median(others), "/s")
    figure = f"{median:6.0f} /s, worst of {len(rates):2} {min(rates):6.0f}  {beside}"
    _print(f"frames while {what} scrolls", pace, figure, "none")
    gaps, others = ([each.longest_gap_ms for each in some] for some in (ours, bare))
    say_ms(f"longest gap while {what} scrolls", pace, gaps, "none", others)


def _task(ms: float) -> str:
    return f"{ms:6.0f}" if ms >= LEAST_TASK_MS else f"{f'< {LEAST_TASK_MS}':>6}"


def _ratio(ours: float, bare: float, unit: str) -> str:
    return f"bare {bare:6.0f} {unit}, ratio {ours / bare:5.2f}"


def _print(what: str, pace: Pace, figure: str, goal: str) -> None:
    print(f"{what:42} {pace.name:8} {figure:64} goal {goal}", flush=True)
