"""Saying in what two states differ, few lines for many rows."""

from typing import Final

from tests.fidelity.headless import State

_SHOWN_ROWS: Final = 3


def differences(expected: State, found: State) -> list[str]:
    """Name what is not the same. What only one of both states tells is left out."""
    told = [(key, expected[key], found[key]) for key in ("size", "cursor")]
    modes, modes_found = expected["modes"], found["modes"]
    told += [(name, modes[name], modes_found[name]) for name in modes if name in modes_found]
    said = [f"{name}: {was} became {now}" for name, was, now in told if was != now]
    for screen in ("normal", "alternate"):
        if expected[screen] != found[screen]:
            said += [f"{screen} screen:", *_rows(expected[screen], found[screen])]
    return said


def without_line_ends(state: State) -> State:
    """Return the state without the marks of rows that continue the one above."""
    screens = {
        name: state[name] and [(text, looks) for text, _, looks in state[name]]
        for name in ("normal", "alternate")
    }
    return {**state, **screens}


def without_edges(state: State) -> State:
    """Return the state without the looks of last cells before rows that continue.

    A wide character that does not fit leaves one blank there: looking as it does in xterm.js, and
    plain where the engine wrapped it anew for another width.
    """
    edge = state["size"][0] - 1
    changed = dict(state)
    for name in ("normal", "alternate"):
        if screen := state[name]:
            below = [continues for _, continues, _ in screen[1:]] + [False]
            changed[name] = [
                [text, continues, [run for run in looks if not on or run[0] < edge]]
                for (text, continues, looks), on in zip(screen, below, strict=True)
            ]
    return changed


def _rows(expected: list[object] | None, found: list[object] | None) -> list[str]:
    if expected is None or found is None:
        return [f"  {'not ' if found is None else ''}shown"]
    said = []
    if len(expected) != len(found):
        said.append(f"  {len(expected)} rows became {len(found)}")
    pairs = enumerate(zip(expected, found, strict=False))
    unlike = [(y, was, now) for y, (was, now) in pairs if was != now]
    for y, was, now in unlike[:_SHOWN_ROWS]:
        said += [f"  row {y} was {was}", f"  row {y} is  {now}"]
    return [*said, f"  {len(unlike)} rows differ"]
