"""When Stripe does not answer, or says no; and that no key is ever shown."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest
from pydantic import SecretStr

from app.core.config import Environment, Settings
from app.core.logging import configure_logging
from app.services.payments.protocol import (
    ProviderRefused,
    ProviderUnavailable,
)
from app.services.payments.stripe import StripeKeys, StripeProvider
from tests.services.payments.fake_http import Listening, Trouble
from tests.services.payments.fake_stripe import (
    KEY,
    WEBHOOK_SECRET,
    FakeStripe,
)
from tests.services.payments.stripe_cases import KEYS, order, paid


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What the application writes down when it writes down as much as it ever does."""
    root = logging.getLogger()
    before = root.handlers, root.level
    written = io.StringIO()
    with redirect_stderr(written):
        configure_logging(
            Settings(
                _env_file=None,
                environment=Environment.TEST,
                secret_key=SecretStr("secret-key-of-the-tests"),
                log_level="DEBUG",
            )
        )
        try:
            yield written
        finally:
            root.handlers, root.level = before


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.NONE])
async def test_no_answer_that_counts_is_unavailable(
    provider: StripeProvider, fake: FakeStripe, listening: Listening, trouble: Trouble
) -> None:
    reference = await paid(provider, fake)
    listening.trouble = trouble
    hasty = StripeProvider(KEYS, listening.url, timeout_seconds=0.3, retries=0)
    asked = hasty if trouble is Trouble.SILENT else provider

    with pytest.raises(ProviderUnavailable):
        await asked.look_up(reference)
    with pytest.raises(ProviderUnavailable):
        await asked.open_checkout(order(minutes=20))


async def test_nobody_at_the_address_is_unavailable() -> None:
    provider = StripeProvider(KEYS, "http://127.0.0.1:1", retries=0)

    with pytest.raises(ProviderUnavailable):
        await provider.open_checkout(order())


async def test_wrong_keys_are_a_refusal_that_shows_no_key(
    listening: Listening,
) -> None:
    keys = KEYS.model_copy(update={"secret_key": SecretStr("sk_test_secret_of_acme")})
    provider = StripeProvider(keys, listening.url, retries=0)

    with logged() as log, pytest.raises(ProviderRefused) as refused:
        await provider.open_checkout(order())

    assert log.getvalue() != ""
    shown = f"{refused.value}{refused.value.members}{keys!r}{keys}{provider!r}{vars(provider)}"
    for text in (shown, refused.value.title(), log.getvalue()):
        assert "sk_test" not in text
        assert "whsec" not in text
        assert "ada@example.org" not in text
    assert refused.value.__suppress_context__


async def test_a_refusal_names_a_code_and_not_what_stripe_says(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await provider.open_checkout(order(amount_minor=10**9))

    assert "amount_too_large" in str(refused.value)
    assert KEY not in str(refused.value)


def test_keys_are_read_from_what_is_kept_and_never_shown() -> None:
    kept = json.dumps({"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET})

    keys = StripeKeys.model_validate_json(kept)

    assert keys == KEYS
    assert KEY not in f"{keys!r} {keys} {keys.model_dump_json()}"
