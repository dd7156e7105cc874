"""The pages a newcomer follows, followed."""

from pathlib import Path

from app.core.config import Settings
from tests.walkthrough import run_page


def test_first_hour_does_what_it_says(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"superadmin": "admin@example.com"})

    printed = run_page("docs/first-hour.md", own, tmp_path)

    assert "There is no such popup" in printed


def test_an_event_ends_as_its_story_says(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"superadmin": "admin@example.com"})

    printed = run_page("docs/an-event.md", own, tmp_path)

    assert "Only with an application that was accepted can something be bought" in printed
    assert "seen before, at 20" in printed
    assert '["currencies"][0]["revenue_minor"] is 44500, as it should be' in printed
