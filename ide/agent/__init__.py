"""What runs inside the sandbox: ptys, the file worker, the proxy port. Not trusted outside.

Standard library, ptyprocess and ide.wire only: it travels into the sandbox as one zip.
"""
