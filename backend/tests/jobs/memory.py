"""A mailer that sends nothing."""

from collections import deque
from email.message import EmailMessage

from app.services.email.mailers import MailNotSent


class MemoryMailer:
    """Keeps what was sent, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failures: deque[MailNotSent] = deque()

    async def send(self, message: EmailMessage) -> None:
        """Keep the message, or raise the next failure."""
        if self.failures:
            raise self.failures.popleft()
        self.sent.append(message)
