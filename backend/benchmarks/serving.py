"""``python -m benchmarks.serving <name> <file> <socket>``: one contender, in its own process."""

import socket
import sys
from pathlib import Path

import uvicorn

from app.cli.serving import http_server
from app.core.config import Settings
from app.main import create_app
from benchmarks.given import read_settings
from benchmarks.usual import usual_app


def server_of(name: str, settings: Settings) -> uvicorn.Server:
    """Return our server as `edgeos serve` makes it, or uvicorn's own with the usual recipe."""
    if name == "ours":
        return http_server(create_app(settings), settings)
    return uvicorn.Server(uvicorn.Config(usual_app(settings), log_config=None, access_log=False))


def main() -> None:
    """Serve the contender on a listening socket until told to stop."""
    name, settings_file, number = sys.argv[1:]
    settings = read_settings(Path(settings_file))
    with socket.socket(fileno=int(number)) as listener:
        server_of(name, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
