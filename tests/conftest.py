"""What holds for every test: long ones are shortened unless asked for, CI skips nothing."""

import os
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="run tests marked long in full, not shortened"
    )


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether a test marked long shall take its full time (`./check long`) or a short one."""
    return bool(request.config.getoption("--full"))


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    if _skips_forbidden(terminalreporter):
        terminalreporter.section("CI installs what the tests need, so nothing may be skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _skips_forbidden(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_forbidden(reporter: pytest.TerminalReporter) -> bool:
    return os.environ.get("CI") == "true" and bool(reporter.stats.get("skipped"))
