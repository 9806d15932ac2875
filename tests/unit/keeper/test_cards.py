"""What pages hear when a command begins or ends."""

import asyncio
from types import SimpleNamespace

from ide.keeper.card import Card
from ide.keeper.cards import Cards


def test_a_command_that_ends_has_pages_look_at_their_files(tmp_path):
    told = []
    telling = SimpleNamespace(
        broadcast=lambda event: told.append(event["type"]),
        files_may_have_changed=lambda: told.append("files"),
    )
    loop = asyncio.new_event_loop()
    cards = Cards(loop, tmp_path / "cards.db", {}, telling)
    card = Card(1, "c1", "e", "command", "touch x", "/", "bash", 1.0, 0)
    cards.cards_changed([card])
    assert "files" not in told
    card.end("exit", 0, 1.01, 10)
    cards.cards_changed([card])
    assert told.count("files") == 1
    loop.close()
