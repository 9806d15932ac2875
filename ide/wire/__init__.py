"""What the processes say to each other: frames, messages, file requests. Pure; does no I/O.

`frames` is the link between a browser tab and a keeper, `messages` the JSON between keeper,
agent and supervisor, `stream` the length prefix on stream sockets, `limits` every maximum.
docs/protocol.md is the prose; `frontend/src/wire.ts` is the mirror, compared by a test.
This room is part of the agent's zip, so it imports the standard library and nothing else.
"""
