"""Workspaces, whose they are, and the way to their keepers."""
