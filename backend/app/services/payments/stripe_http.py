"""How Stripe's SDK reaches the network here: through httpx, one client per question."""

from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import asynccontextmanager

import anyio
import httpx
import stripe

from app.services.payments.network import network


class StripeHttp(stripe.HTTPClient):
    """The SDK's own httpx client hands texts over in a way that httpx is giving up."""

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request; the SDK repeats it where its answer was lost.

        Raises:
            stripe.APIConnectionError: there is no answer.
        """
        try:
            answer = await self._client.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError:
            raise _no_answer() from None
        return answer.content, answer.status_code, answer.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """Wait before a repetition."""
        return anyio.sleep(secs)


def _no_answer() -> stripe.APIConnectionError:
    return stripe.APIConnectionError("No answer", should_retry=True)  # type: ignore[no-untyped-call]  # as the SDK has it


@asynccontextmanager
async def stripe_client(
    secret_key: str, api_base: str, *, timeout_seconds: float, retries: int
) -> AsyncGenerator[stripe.StripeClient]:
    """Give the SDK's client, and close its connections afterwards."""
    async with network(timeout_seconds) as client:
        yield stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base},
            max_network_retries=retries,
            http_client=StripeHttp(client),
        )
