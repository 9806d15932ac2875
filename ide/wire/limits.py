"""Every maximum of the wire, in bytes unless the name says otherwise."""

from typing import Final

PROTOCOL_VERSION: Final = 1
SUBPROTOCOL: Final = "ide.v1"

MAX_CLIENT_FRAME_BYTES: Final = 64 * 1024
MAX_SERVER_FRAME_BYTES: Final = 128 * 1024
MAX_INPUT_BYTES: Final = 16 * 1024
MAX_OUTPUT_BYTES: Final = 32 * 1024
MAX_JSON_BYTES: Final = 48 * 1024
MAX_TITLE_CHARS: Final = 200

WINDOW_BYTES: Final = 128 * 1024
"""Unacknowledged output per link; reading for a link stops here."""
RESUME_AT_BYTES: Final = 64 * 1024
ACK_EVERY_BYTES: Final = 16 * 1024
TURN_BYTES: Final = 8 * 1024
"""What one console may send before the next one has its turn."""
MAX_DELTA_BYTES: Final = 256 * 1024
"""A viewer that misses more than this gets a snapshot."""

MAX_CONSOLES_PER_WORKSPACE: Final = 32
MAX_VIEWERS_PER_CONSOLE: Final = 8
MAX_CHANNEL: Final = 0xFFFF

MIN_COLS, MAX_COLS = 20, 500
MIN_ROWS, MAX_ROWS = 5, 200

MAX_STREAM_MESSAGE_BYTES: Final = 1024 * 1024
"""One length-prefixed message on a unix stream socket (web, keeper, supervisor)."""
MAX_AGENT_MESSAGE_BYTES: Final = 64 * 1024
"""One SOCK_SEQPACKET packet between keeper and agent."""
MAX_FILE_HEADER_BYTES: Final = 1024 * 1024
FILE_CHUNK_BYTES: Final = 64 * 1024
FILE_STALL_SECONDS: Final = 30.0
MAX_EDITABLE_BYTES: Final = 2 * 1024 * 1024
MAX_LIST_ENTRIES: Final = 2000
MAX_ARCHIVE_REFS: Final = 1000
MAX_ARCHIVE_ENTRIES: Final = 100_000
MAX_ARCHIVE_LIST_BYTES: Final = 16 * 1024 * 1024
"""What the list of a zip's entries may take, which is held until its end."""
MAX_FIND_CHARS: Final = 1000
MAX_FOUND_LINES: Final = 1000
MAX_FOUND_BYTES: Final = MAX_FILE_HEADER_BYTES // 2
"""Of the answer to a search in files, as JSON; the line that reaches it is in it too."""

MAX_PROCESSES: Final = 512
"""In a list of a workspace's processes, which takes at most MAX_PROCESS_LIST_BYTES as JSON."""
MAX_PROCESS_LIST_BYTES: Final = 512 * 1024
MAX_COMMAND_CHARS: Final = 200

MAX_CARDS_PER_WORKSPACE: Final = 20_000
"""The oldest of more are forgotten."""
MAX_CARDS_PER_LIST: Final = 100
MAX_CARD_LIST_BYTES: Final = 512 * 1024

MAX_BELL_SECONDS: Final = 7 * 86_400
MAX_BELL_TEXT_CHARS: Final = 200
MAX_PATTERN_CHARS: Final = 1000
"""Of a search in a log."""

PING_SECONDS: Final = 20.0
DEAD_AFTER_SECONDS: Final = 45.0
HIDDEN_DEAD_AFTER_SECONDS: Final = 150.0
"""Browsers let a page that nobody sees run timers once a minute."""
