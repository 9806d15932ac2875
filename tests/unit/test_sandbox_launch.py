"""Starting sandboxes, without any."""

from ide.sandbox import launch


def test_the_end_of_a_sandbox_may_be_noticed_by_two_starts_at_once(monkeypatch):
    class Ended:
        """Another thread is a moment quicker."""

        def poll(self) -> int:
            del launch._children[7]
            return 0

    monkeypatch.setattr(launch, "_children", {7: Ended()})
    launch.reap()
    assert launch._children == {}
