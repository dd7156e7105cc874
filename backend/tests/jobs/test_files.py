"""Deleting files: only an organisation's own, and no harm in doing it twice."""

import pytest

from app.api.shared.types import new_id
from app.jobs.queue import defer
from app.services.storage import StorageKey
from tests.jobs.conftest import Office, as_staff


async def test_the_file_of_a_deleted_upload_is_deleted(office: Office) -> None:
    key = StorageKey.of(office.acme, "image", new_id(), "image/png")
    await office.world.storage.put(key, b"picture")
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "delete_file", key=str(key))
        await defer(session, "delete_file", key=str(key))

    await office.work()

    assert await office.world.storage.head(key) is None
    assert await office.jobs() == [("delete_file", "succeeded", 1)] * 2


async def test_the_file_of_another_organisation_stays(office: Office) -> None:
    key = StorageKey.of(office.globex, "image", new_id(), "image/png")
    await office.world.storage.put(key, b"picture")
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "delete_file", key=str(key))

    await office.work()

    assert await office.world.storage.get(key) == b"picture"
    assert await office.jobs() == [("delete_file", "failed", 1)]


@pytest.mark.parametrize("key", ["../../etc/passwd", ""])
async def test_what_is_no_key_is_given_up(office: Office, key: str) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "delete_file", key=key)

    await office.work()

    assert await office.jobs() == [("delete_file", "failed", 1)]
