"""The keeper: one process for each running workspace, trusted, outside the sandbox.

It keeps consoles: takes pty masters from the untrusted agent, writes every byte to a log before
anybody sees it, feeds screen engines and viewers from that log, and answers terminal queries. It
knows no HTTP and opens no path that a user controls.
"""
