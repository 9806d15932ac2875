"""The screen engine: a terminal emulator on the server that makes snapshots and answers queries.

Live output never passes through here; it goes to browsers raw. `engine` is what the keeper sees,
`ghostty` the engine behind it, `native` its C interface, `replies` the list of allowed answers.
"""
