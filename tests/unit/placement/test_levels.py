"""What a plan asks of a machine: the sentence, and when the other one is better."""

import pytest

from ide.build import typed
from ide.errors import SandboxError
from ide.guard.plan import Plan
from ide.placement import levels
from ide.sandbox import Probe


def made_probe(level, kind="bubblewrap"):
    return Probe(level, kind, None, "", own_uids=True, reasons=(), missing_programs=())


def test_the_sentence_names_both_levels_the_plan_and_what_to_do():
    guest = Plan(name="guest", level=2)
    with pytest.raises(SandboxError) as refused:
        levels.check(guest, made_probe(level=1), unsafe=False)
    assert refused.value.message == (
        "This machine holds level 1; the plan guest asks for level 2: memory, processors"
        f" and processes held by the kernel. `{typed('doctor')}` says what is missing."
    )
    levels.check(guest, made_probe(level=2), unsafe=False)


def test_where_no_sandbox_can_be_made_its_reasons_are_said_instead():
    levels.check(Plan(level=2), made_probe(level=0, kind="none"), unsafe=False)


def test_the_unsafe_switch_stands_for_the_sandbox_and_nothing_more():
    bare = made_probe(level=0, kind="none")
    levels.check(Plan(level=1), bare, unsafe=True)
    with pytest.raises(SandboxError):
        levels.check(Plan(level=2), bare, unsafe=True)
