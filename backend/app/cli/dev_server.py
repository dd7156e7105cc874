"""The API as `edgeos dev` runs it: on a socket that outlives each reload."""

import os
import socket
import sys

import uvicorn

SECONDS_TO_FINISH_REQUESTS = 3
"""A reload waits no longer than this for a request that does not end."""


class AnnouncedServer(uvicorn.Server):
    """A server that tells its parent once it answers."""

    def __init__(self, config: uvicorn.Config, announce_to: int) -> None:
        super().__init__(config)
        self.announce_to = announce_to

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so on the pipe; nobody may be listening there any more."""
        await super().startup(sockets)
        if self.started:
            os.write(self.announce_to, b"1")


def main() -> None:
    """Serve on the listening socket, and announce on the pipe, whose numbers are given."""
    listening, pipe = (int(argument) for argument in sys.argv[1:3])
    config = uvicorn.Config(
        "app.main:app",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
    )
    with socket.socket(fileno=listening) as listener:
        AnnouncedServer(config, pipe).run(sockets=[listener])


if __name__ == "__main__":
    main()
