"""``python -m benchmarks.serving <name> <file> <socket>``: one contender, in its own process."""

import socket
import sys
from pathlib import Path

from app.cli.serving import http_server
from app.main import create_app
from benchmarks.given import read_settings
from benchmarks.usual import usual_app

APPLICATIONS = {"ours": create_app, "usual": usual_app}


def main() -> None:
    """Serve the contender on a listening socket until told to stop."""
    name, settings_file, number = sys.argv[1:]
    settings = read_settings(Path(settings_file))
    with socket.socket(fileno=int(number)) as listener:
        http_server(APPLICATIONS[name](settings), settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
