"""nginx is reloaded and restarted in the middle of a flood: no line is lost, nobody waits."""

import pytest

from tests.matrix.load import under_load
from tests.matrix.scene import Scene
from tests.visitor import Visitor

pytestmark = pytest.mark.nginx

FLOOD_LINES_AT_ONCE = 1000
"""About 1.3 MB/s."""
PEOPLE = (("ann", "a long nginx password"), ("ben", "another long password"))


@pytest.fixture(scope="module")
def scene(site):
    for one in PEOPLE:
        site.server.add_user(*one)
    with (
        Visitor(site.url, verify=site.tls) as owner,
        Visitor(site.url, verify=site.tls) as neighbour,
    ):
        yield Scene(site.server, owner.sign_in(*PEOPLE[0]), neighbour.sign_in(*PEOPLE[1]))


def test_a_reload_is_not_even_noticed(site, scene):
    with under_load(scene, FLOOD_LINES_AT_ONCE) as load:
        site.nginx.reload()
        load.lasts()
        assert len(load.reader.modes) == 1, "links stay where they are"


def test_after_a_restart_pages_come_back_to_where_they_stood(site, scene):
    with under_load(scene, FLOOD_LINES_AT_ONCE) as load:
        site.nginx.stop()
        site.nginx.start()
        load.lasts()
        assert len(load.reader.modes) > 1
    assert set(load.reader.modes[1:]) <= {"delta", "snapshot"}
