"""How providers are reached: with a time to answer in, and certificates read once."""

import ssl
from functools import lru_cache

import httpx


def network(timeout_seconds: float) -> httpx.AsyncClient:
    """Return a client for one question; its connections end with it."""
    return httpx.AsyncClient(timeout=timeout_seconds, verify=_trusted())


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the certificates takes 30 ms, in which nobody else would be served."""
    return httpx.create_ssl_context()
