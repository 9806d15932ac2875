"""The process that keeps one workspace: consoles, log, viewers, journal, and the way out."""
