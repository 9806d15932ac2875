"""One person attacks the machine from a console; what others run, read and type is unharmed.

`under_load` asks that: a counting program loses no number and keys come back in time, in two other
workspaces. Here stands what is done meanwhile, under a plan of small limits; every attack ends by
itself if the walls did not hold it, before it could cost the machine.
"""

from collections.abc import Iterator

import httpx
import pytest

from tests.matrix.attacks import ATTACKS, LIMITS, attack, attacking, wait_begun
from tests.matrix.load import under_load
from tests.matrix.scene import Scene, console_of
from tests.visitor import Visitor
from tests.waiting import wait_until

STOP_SECONDS = 20.0
KEYS_IN_FULL = 200
"""How many others type meanwhile, when it is not shortened."""


@pytest.fixture(scope="module")
def attacker(scene: Scene) -> Iterator[Visitor]:
    with attacking(scene) as visitor:
        yield visitor


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_not_felt_by_others(scene: Scene, attacker: Visitor, command: bytes, full):
    with under_load(scene, beside=False) as load:
        with attack(attacker, command) as flood:
            wait_begun(attacker, flood)
            load.lasts(KEYS_IN_FULL) if full else load.lasts()
            attacker.api("POST", "stop")
            wait_until(lambda: flood.check() or flood.ending, STOP_SECONDS, "its end")
        assert console_of(attacker, flood.console)["exit"]["how"] == "stopped"
        flood.remove()
        load.lasts()


def test_consoles_beyond_the_plan_are_refused_and_cost_others_nothing(scene, attacker):
    with under_load(scene, beside=False) as load:
        made = [attacker.new_console() for _ in range(LIMITS["consoles"])]
        for _ in range(200 - len(made)):
            with pytest.raises(httpx.HTTPStatusError) as refused:
                attacker.new_console()
        assert "consoles" in refused.value.response.json()["error"]["message"]
        load.lasts()
        attacker.api("POST", "stop")
        for console in made:
            attacker.api("DELETE", f"consoles/{console}")
