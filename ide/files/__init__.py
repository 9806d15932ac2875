"""The files of a workspace over HTTP; paths are used inside the sandbox, never in this process."""
