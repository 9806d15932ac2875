"""A self-hosted web IDE whose consoles outlive everything but their own program.

The rooms and their levels are drawn in ARCHITECTURE.md; `import-linter` enforces them.
"""

__version__ = "0.1.0"
