"""The command line: the same services as over HTTP, audited alike."""

from app.cli.program import main

__all__ = ["main"]
