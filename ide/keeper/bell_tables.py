"""Tables of bells and letters in the journal's database."""

from typing import Final

COLUMNS: Final = (
    "console", "kind", "seconds", "text", "once", "excerpt", "created", "searched", "rung", "card",
    "command",
)  # fmt: skip
ADDED: Final = {"card": "INTEGER", "command": "TEXT NOT NULL DEFAULT ''"}
"""Columns of bells that an earlier version has not made."""
TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS bells (
        id INTEGER PRIMARY KEY AUTOINCREMENT, console TEXT NOT NULL, kind TEXT NOT NULL,
        seconds INTEGER, text TEXT, once INTEGER NOT NULL, excerpt INTEGER NOT NULL,
        created REAL NOT NULL, searched INTEGER NOT NULL, rung INTEGER NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS bell_states (console TEXT PRIMARY KEY, state TEXT NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, console TEXT NOT NULL, letter TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS letters (
        id INTEGER PRIMARY KEY, console TEXT NOT NULL, letter TEXT NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS letters_told (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)",
)
OF_CONSOLES: Final = ("bells", "bell_states", "outbox", "letters")
"""Those that say of each row of which console it is."""
