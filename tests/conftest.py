"""What holds for every test: none is skipped in CI, long ones are shortened or left out there."""

import os
from collections.abc import Iterator

import pytest

from tests import control_groups

LEFT_OUT = pytest.StashKey[list[str]]()
WANTED = {"groups": control_groups.why_none, "unified": control_groups.why_no_subtree}
"""Marks of tests that want something of the kernel, and why it is not to be had here."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="run tests marked long in full, not shortened"
    )


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether a test marked long shall take its full time (`./check long`) or a short one."""
    return bool(request.config.getoption("--full"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for `./check long`, and, saying so, what this kernel cannot show.

    Some tests want control groups that our account may have. No package brings them, so that this
    is nothing that CI could have installed; what holds without them has tests of its own.
    """
    if not config.getoption("--full"):
        _leave_out(config, items, [item for item in items if item.get_closest_marker("in_full")])
    said = []
    for mark, why_not in WANTED.items():
        asked = [item for item in items if item.get_closest_marker(mark)]
        if asked and (reason := why_not()):
            said.append(f"{len(asked)} tests marked {mark}: {reason}")
            _leave_out(config, items, asked)
    config.stash[LEFT_OUT] = said


def _leave_out(config: pytest.Config, items: list[pytest.Item], what: list[pytest.Item]) -> None:
    items[:] = [item for item in items if item not in what]
    config.hook.pytest_deselected(items=what)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    if left_out := terminalreporter.config.stash.get(LEFT_OUT, []):
        terminalreporter.section("not on this machine")
        terminalreporter.write_line("\n".join(left_out))
    if _skips_forbidden(terminalreporter):
        terminalreporter.section("CI installs what the tests need, so nothing may be skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _skips_forbidden(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_forbidden(reporter: pytest.TerminalReporter) -> bool:
    return os.environ.get("CI") == "true" and bool(reporter.stats.get("skipped"))
