"""A migrated database and a folder for drafts of what comes next."""

from pathlib import Path

import pytest

from tests.database import Database
from tests.migrations.drafts import Drafts


@pytest.fixture
def drafts(database: Database, tmp_path: Path) -> Drafts:
    folder = tmp_path / "drafts"
    folder.mkdir()
    return Drafts(database, folder)
