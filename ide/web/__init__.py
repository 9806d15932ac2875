"""What every route shares: the gate, headers, Origin, errors, limits, the server log.

Knows no person and no table: `accounts` and `workspaces` register what the gate asks.
"""
