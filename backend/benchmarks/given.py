"""Settings that are given and not found: a benchmark reads neither environment nor `.env`."""

import json
from pathlib import Path
from typing import TypeAlias

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.core.config import Settings

Values: TypeAlias = dict[str, str | int | bool]


class GivenSettings(Settings):
    """Settings that know only what they are given."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave every source out but the arguments."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def read_settings(path: Path) -> Settings:
    """Return the settings another process wrote to a file."""
    return GivenSettings.model_validate(json.loads(path.read_text()))
