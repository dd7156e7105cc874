"""What tests of groups share: the doors by which people sign up."""

import httpx
import pytest

from app.core.config import Settings
from tests.database import Database
from tests.logins import Entrance


@pytest.fixture
def entrance(client: httpx.AsyncClient, settings: Settings, database: Database) -> Entrance:
    """The doors of the API, the mail folder, and hands to reach into the database."""
    return Entrance(client, settings, database)
