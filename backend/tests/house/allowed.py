"""The exceptions to the house rules, each with its reason. One that is not needed is a finding."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.house.source import Finding


@dataclass(frozen=True)
class Allowance:
    """Allows a rule to be broken in one place: a path, and the name of what is around it."""

    rule: str
    path: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (
            self.rule == finding.rule
            and fnmatchcase(finding.path, self.path)
            and fnmatchcase(finding.where, self.where)
        )


_OWNER = "the connection is this migration's alone and closed when it ends"
_PLATFORM = "in the platform's session, where the tenant is what the row is about"

ALLOWED: tuple[Allowance, ...] = (
    Allowance("session-setting", "app/alembic/env.py", "_become_the_owner", _OWNER),
    Allowance("transactions", "app/alembic/env.py", "_become_the_owner", _OWNER),
    Allowance(
        "file-size",
        "app/alembic/sql/0003_jobs_procrastinate.sql",
        "*",
        "the library's own schema, kept as it was released",
    ),
    Allowance(
        "function-size",
        "app/alembic/versions/*",
        "*grade",
        "generated: a list of what one revision creates, read once and never changed",
    ),
    Allowance(
        "file-size",
        "app/alembic/versions/0007_event_life.py",
        "*",
        "generated: one revision, since its tables refer to one another",
    ),
    Allowance(
        "environment",
        "app/cli/dev.py",
        "environment_of",
        "hands the settings on to the processes it starts",
    ),
    Allowance(
        "environment",
        "app/core/embedded_folder.py",
        "DataFolder.environment",
        "the server's programs need this process's own environment",
    ),
    Allowance(
        "session-setting",
        "app/core/bootstrap.py",
        "*",
        "ROLE SET writes a role's default in the catalogue; no session is left with it",
    ),
    Allowance(
        "session-setting", "app/core/hardening.py", "*", "the administrator's own connection"
    ),
    Allowance(
        "transactions",
        "app/core/db.py",
        "_send",
        "the opening itself failed: there is no unit of work yet to roll back",
    ),
    Allowance(
        "transactions",
        "app/core/db.py",
        "_end_what_is_open",
        "a unit of work that ended has lost its hold of the connection, which is still in it",
    ),
    Allowance(
        "transactions",
        "app/core/wire.py",
        "Wire.rollback",
        "the connection's own rollback, which whoever ends the unit of work asks for",
    ),
    Allowance(
        "broad-except",
        "app/core/embedded.py",
        "_wait_until_ready",
        "whatever went wrong, the server it started is stopped, and the error raised on",
    ),
    Allowance(
        "broad-except",
        "app/core/middleware.py",
        "RequestEdge.__call__",
        "the edge of a request: answered with an incident and logged",
    ),
    Allowance(
        "broad-except",
        "app/core/tenant_db.py",
        "unit_of_work",
        "cancellation rolls back as well; everything is raised on",
    ),
    Allowance("broad-except", "app/jobs/mail.py", "send_mail", "the edge of a job"),
    Allowance(
        "tenant-by-hand", "app/core/orm.py", "_stamp_the_tenant", "the one place that stamps it"
    ),
    Allowance(
        "tenant-by-hand",
        "app/services/admission.py",
        "_keep_version",
        "an insert that ignores what is there goes past the ORM, and so past the stamp",
    ),
    Allowance(
        "tenant-by-hand",
        "app/services/sandbox.py",
        "SandboxProvider.open_checkout",
        "ON CONFLICT is beyond the ORM's stamping; the tenant is the session's own",
    ),
    Allowance("tenant-by-hand", "app/services/email/login_codes.py", "*", _PLATFORM),
    Allowance("tenant-by-hand", "app/services/email/outbox.py", "queue_mail", _PLATFORM),
    Allowance("tenant-by-hand", "app/services/login.py", "*", _PLATFORM),
    Allowance("tenant-by-hand", "app/services/login_sessions.py", "open_login", _PLATFORM),
    Allowance("tenant-by-hand", "app/services/tenants.py", "create_tenant", _PLATFORM),
    Allowance(
        "late-import",
        "tests/servers.py",
        "provide_server",
        "half a second, for the sake of machines that have Docker",
    ),
    Allowance(
        "file-size",
        "tests/isolation/mutants.py",
        "*",
        "a table of breaks, one beside the other; parted, nobody would see which are missing",
    ),
)
