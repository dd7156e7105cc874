"""The API as `edgeos dev` runs it: on a socket that outlives each reload."""

import socket
import sys

import uvicorn

SECONDS_TO_FINISH_REQUESTS = 3
"""A reload waits no longer than this for a request that does not end."""


def main() -> None:
    """Serve on the listening socket whose number is the first argument."""
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        config = uvicorn.Config(
            "app.main:app",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
