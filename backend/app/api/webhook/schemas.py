"""What a payment provider reads when it has told something."""

from app.api.shared.types import Output


class WebhookTaken(Output):
    """The notice was genuine, and what came of it; it need not be sent again."""

    outcome: str
