"""Bells: wishes to be told of a console."""
