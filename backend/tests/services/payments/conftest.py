"""A Stripe of our own that keeps its rules; the real SDK talks to it."""

from collections.abc import Iterator

import pytest

from app.services.payments.stripe import StripeProvider
from tests.services.payments.fake_http import Listening, serving
from tests.services.payments.fake_stripe import (
    FakeStripe,
)
from tests.services.payments.stripe_cases import KEYS


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


@pytest.fixture
def listening(fake: FakeStripe) -> Iterator[Listening]:
    with serving(fake) as running:
        yield running


@pytest.fixture
def provider(listening: Listening) -> StripeProvider:
    return StripeProvider(KEYS, listening.url, timeout_seconds=10, retries=0)
