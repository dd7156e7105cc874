"""The HTTP server as `edgeos serve` runs it."""

import gc
import socket

import uvicorn
from fastapi import FastAPI

from app.core.config import Settings

SECONDS_TO_FINISH_REQUESTS = 30


class _SettledServer(uvicorn.Server):
    """A server that leaves what it started with to itself when it looks for garbage.

    Classes, routes and compiled schemas live as long as the process does, and there are
    hundreds of thousands of objects of them to walk through again and again.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and then set everything that is there aside."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()


def http_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Make the server of one process; the application writes its own log lines."""
    return _SettledServer(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
        )
    )
