"""When a failed job is tried again, and when no more."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job as QueuedJob

from app.jobs.running import GiveUp

FIRST_WAIT_SECONDS = 10
GROWTH = 3
"""Ten seconds, then half a minute, a minute and a half, ... : eight attempts take three hours,
long enough for a mail server or a provider to come back."""

LONGEST_WAIT_SECONDS = 6 * 3600
SPREAD = 0.2
"""Jobs that failed together come back up to a fifth apart, not all at once."""


class Backoff(BaseRetryStrategy):
    """Waits exponentially longer after each attempt, up to a number of attempts."""

    def __init__(self, most_attempts: int) -> None:
        self._most_attempts = most_attempts

    def is_last(self, earlier_attempts: int) -> bool:
        """Whether the attempt after this many is the last one."""
        return earlier_attempts + 1 >= self._most_attempts

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        """Say when the job is tried again; None keeps it as failed."""
        if isinstance(exception, asyncio.CancelledError | JobAborted):
            # The worker was stopped in the middle: another one takes over at once.
            return RetryDecision(retry_at=datetime.now(UTC))
        if isinstance(exception, GiveUp) or self.is_last(job.attempts):
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + wait_after(job.attempts))


def wait_after(earlier_attempts: int) -> timedelta:
    """Return how long to wait after the attempt that followed this many."""
    seconds = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * GROWTH**earlier_attempts)
    spread = 1 + random.uniform(-SPREAD, SPREAD)  # noqa: S311  # spreads load, guards nothing
    return timedelta(seconds=seconds * spread)
