"""The HTTP server as `edgeos serve` runs it."""

import uvicorn
from fastapi import FastAPI

from app.core.config import Settings

SECONDS_TO_FINISH_REQUESTS = 30


def http_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Make the server of one process; the application writes its own log lines."""
    return uvicorn.Server(
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
