"""The supervisor: which workspaces run on this machine, as which accounts; and the way to ask it.

It never parses what a user wrote and opens no path that a user controls.
"""
