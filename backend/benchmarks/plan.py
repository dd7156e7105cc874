"""What one run of the benchmark does, and how much of it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

PAGE = 50
"""Rows of the list that is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes of one run. The defaults are those of the published figures."""

    output: str
    rounds: int = 7
    seconds: float = 2.0
    warm_up_seconds: float = 0.5
    connections: int = 32
    tenants: int = 20
    products: int = 2000
    postgres: int = 18

    @classmethod
    def read(cls, text: str) -> "Plan":
        """Return the plan that ``text`` holds."""
        return cls(**json.loads(text))

    def text(self) -> str:
        """Return the plan as JSON, to hand to another process."""
        return json.dumps(asdict(self))

    @property
    def output_path(self) -> Path:
        """Where the raw figures go."""
        return Path(self.output)
