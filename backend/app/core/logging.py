"""Structured logs: JSON in production, readable lines in development, never a secret."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

import structlog
from pydantic_core import to_json

from app.core.config import Settings

_SECRET_KEYS = re.compile(
    r"password|secret|token|authorization|cookie|code$|_key$|^sig$|dsn", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+"  # a JSON Web Token
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"  # credentials in a URL
)
REDACTED = "[redacted]"

Event = MutableMapping[str, object]


_NOISY = (
    "uvicorn.access",
    "httpx",
    "botocore",
    "boto3",
    "stripe",  # it writes down buyers' addresses, and what Stripe quotes of a key
    "urllib3",
    "watchfiles",
    "fontTools",
    "fpdf",
)
"""Libraries whose every step is of no use; drawing names, they log the letters too."""


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return _SECRET_KEYS.search(key) is not None


def redact(_: object, __: str, event: Event) -> Event:
    """Blank the values of keys that hold secrets, and tokens inside any text."""
    for key, value in event.items():
        if _is_secret(key):
            event[key] = REDACTED
        elif isinstance(value, str):
            event[key] = _SECRET_TEXT.sub(REDACTED, value)
    return event


class _Lines(logging.StreamHandler[TextIO]):
    """Where all lines go; those that ``log_request`` has finished go as they are."""

    def __init__(self, *, is_json: bool) -> None:
        super().__init__()
        self.is_json = is_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return record.msg if isinstance(record, _Finished) else super().format(record)


class _Finished(logging.LogRecord):
    """A line that needs no formatting: an error in writing it is dealt with like any other."""

    def __init__(self, line: str) -> None:
        super().__init__("request", logging.INFO, "", 0, line, None, None)


def log_request(event: Mapping[str, object]) -> None:
    """Write the line of one request.

    There are more of these than of all others together, and what structlog and the standard
    library do for a line is a sixth of what a point read costs: where lines are JSON, this one
    is put together here. It says what it would say otherwise.
    """
    logger = logging.getLogger("request")
    handler = next(
        (each for each in logging.getLogger().handlers if isinstance(each, _Lines)), None
    )
    if handler is None or not handler.is_json:
        structlog.get_logger("request").info("request", **event)
    elif logger.isEnabledFor(logging.INFO):
        line = {
            **event,
            "event": "request",
            **structlog.contextvars.get_contextvars(),
            "level": "info",
            "logger": "request",
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        handler.handle(_Finished(to_json(redact(None, "info", line)).decode()))


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's logging through one pipeline."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    is_json = settings.log_format == "json"
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if is_json
        # Plain tracebacks: the pretty ones print local variables, and with them secrets.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    tracebacks: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info] if is_json else []
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Lines(is_json=is_json)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *tracebacks,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "procrastinate"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
