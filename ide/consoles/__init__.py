"""Consoles over HTTP, and the link that carries them all."""
