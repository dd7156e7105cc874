"""Operations that migrations call: they protect tables, and fail loudly.

Frozen: released migrations call them. New behaviour gets a new name.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations, ops
from sqlalchemy import text

SQL_FOLDER = Path(__file__).resolve().parent / "sql"
SCHEMA = "app"


@Operations.register_operation("protect_tenant_table")
class ProtectTenantTable(MigrateOperation):
    """Give a table of tenants its policies, its grants and its audit trigger."""

    def __init__(
        self,
        table: str,
        *,
        column: str = "tenant_id",
        human: str | None = None,
        published: str | None = None,
        audited: bool = True,
        insert_only: bool = False,
        editable: Sequence[str] | None = None,
    ) -> None:
        """Name the table of schema ``app`` and how it is protected."""
        self.table = table
        self.column = column
        self.human = human
        self.published = published
        self.audited = audited
        self.insert_only = insert_only
        self.editable = list(editable) if editable is not None else None

    @classmethod
    def protect_tenant_table(
        cls,
        operations: Operations,
        table: str,
        *,
        column: str = "tenant_id",
        human: str | None = None,
        published: str | None = None,
        audited: bool = True,
        insert_only: bool = False,
        editable: Sequence[str] | None = None,
    ) -> None:
        """Call ``tenancy.protect``: the only thing that grants anything on the table.

        ``human`` names the column that says whose row it is, ``published`` the boolean
        that opens it to visitors. In an ``insert_only`` table nothing is ever changed. With
        ``editable`` the platform makes the rows and tenants change these columns alone.
        """
        operations.invoke(
            cls(
                table,
                column=column,
                human=human,
                published=published,
                audited=audited,
                insert_only=insert_only,
                editable=editable,
            )
        )

    def options(self) -> dict[str, object]:
        """Return what is not as usual."""
        given: dict[str, object] = {
            "column": self.column,
            "human": self.human,
            "published": self.published,
            "audited": self.audited,
            "insert_only": self.insert_only,
            "editable": self.editable,
        }
        usual = {"column": "tenant_id", "audited": True, "insert_only": False}
        return {name: value for name, value in given.items() if value != usual.get(name)}


@Operations.register_operation("unprotect_table")
class UnprotectTable(MigrateOperation):
    """Strike a table off the registries before it is dropped."""

    def __init__(self, table: str) -> None:
        """Name the table of schema ``app``."""
        self.table = table

    @classmethod
    def unprotect_table(cls, operations: Operations, table: str) -> None:
        """Strike a table off ``tenancy.protected`` and ``tenancy.global_tables``."""
        operations.invoke(cls(table))


@Operations.register_operation("register_global_table")
class RegisterGlobalTable(MigrateOperation):
    """Say why a table belongs to no tenant; only the platform reaches it."""

    def __init__(
        self, table: str, reason: str, *, audited: bool = False, insert_only: bool = False
    ) -> None:
        """Name the table of schema ``app``, the reason, and how it is kept."""
        self.table = table
        self.reason = reason
        self.audited = audited
        self.insert_only = insert_only

    @classmethod
    def register_global_table(
        cls,
        operations: Operations,
        table: str,
        reason: str,
        *,
        audited: bool = False,
        insert_only: bool = False,
    ) -> None:
        """Allow-list a table without a tenant and grant it to the platform.

        The changes of an ``audited`` one go to ``app.platform_audit_log``.
        """
        operations.invoke(cls(table, reason, audited=audited, insert_only=insert_only))

    def options(self) -> dict[str, object]:
        """Return what is not as usual."""
        given = {"audited": self.audited, "insert_only": self.insert_only}
        return {name: value for name, value in given.items() if value}


@Operations.register_operation("create_tenant_foreign_key")
class CreateTenantForeignKey(MigrateOperation):
    """Add a foreign key between tables of tenants; the tenant leads it."""

    def __init__(
        self, source: str, target: str, columns: list[str], remote: list[str], ondelete: str | None
    ) -> None:
        """Name both tables and the columns after the tenant's."""
        self.source = source
        self.target = target
        self.columns = columns
        self.remote = remote
        self.ondelete = ondelete

    @classmethod
    def create_tenant_foreign_key(
        cls,
        operations: Operations,
        source: str,
        target: str,
        columns: list[str],
        remote: list[str],
        *,
        ondelete: str | None = None,
    ) -> None:
        """Reference ``(tenant_id, *remote)`` of the target by ``(tenant_id, *columns)``."""
        operations.invoke(cls(source, target, columns, remote, ondelete))


@Operations.register_operation("run_sql_file")
class RunSqlFile(MigrateOperation):
    """Run a frozen file of ``app/alembic/sql``."""

    def __init__(self, name: str) -> None:
        """Name the file."""
        self.name = name

    @classmethod
    def run_sql_file(cls, operations: Operations, name: str) -> None:
        """Run every statement of the file."""
        operations.invoke(cls(name))


@Operations.register_operation("as_platform")
class AsPlatform(MigrateOperation):
    """Run statements with the platform's rights, which see every tenant's rows."""

    @classmethod
    def as_platform(cls, operations: Operations, actor: str) -> AbstractContextManager[None]:
        """Open a block for a backfill: the owner itself is refused, not shown an empty table.

        ``actor`` is what the audit log will say: ``system:<what the migration does>``.
        """
        return _as_platform(operations, actor)


@contextmanager
def _as_platform(operations: Operations, actor: str) -> Generator[None]:
    operations.execute("SET LOCAL row_security = on")
    operations.execute("SET LOCAL ROLE platform")
    operations.execute(text("SELECT tenancy.enter_platform(NULL, :who)").bindparams(who=actor))
    yield
    operations.execute("SET LOCAL ROLE app_owner")
    operations.execute("SET LOCAL row_security = off")


@Operations.implementation_for(ProtectTenantTable)
def _protect(operations: Operations, operation: ProtectTenantTable) -> None:
    statement = text(
        "SELECT tenancy.protect(cast(:t AS regclass), :col, :human, :published,"
        " :audited, :insert_only, cast(:editable AS name[]))"
    ).bindparams(
        t=f"{SCHEMA}.{operation.table}",
        col=operation.column,
        human=operation.human,
        published=operation.published,
        audited=operation.audited,
        insert_only=operation.insert_only,
        editable=operation.editable,
    )
    operations.execute(statement)


@Operations.implementation_for(UnprotectTable)
def _unprotect(operations: Operations, operation: UnprotectTable) -> None:
    for registry in ("protected", "global_tables"):
        operations.execute(
            text(
                f"DELETE FROM tenancy.{registry} WHERE relid = cast(:t AS regclass)"  # noqa: S608  # two names, both above
            ).bindparams(t=f"{SCHEMA}.{operation.table}")
        )


@Operations.implementation_for(RegisterGlobalTable)
def _register(operations: Operations, operation: RegisterGlobalTable) -> None:
    statement = text(
        "SELECT tenancy.register_global(cast(:t AS regclass), :why, :audited, :insert_only)"
    ).bindparams(
        t=f"{SCHEMA}.{operation.table}",
        why=operation.reason,
        audited=operation.audited,
        insert_only=operation.insert_only,
    )
    operations.execute(statement)


@Operations.implementation_for(CreateTenantForeignKey)
def _create_tenant_foreign_key(operations: Operations, operation: CreateTenantForeignKey) -> None:
    operations.create_foreign_key(
        None,
        operation.source,
        operation.target,
        ["tenant_id", *operation.columns],
        ["tenant_id", *operation.remote],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        ondelete=operation.ondelete,
    )


@Operations.implementation_for(ops.CreateForeignKeyOp, replace=True)
def _create_foreign_key(operations: Operations, operation: ops.CreateForeignKeyOp) -> None:
    """Add any foreign key so that every row is checked.

    Postgres checks the rows that are there as the table's owner, who under FORCE sees none
    of them. So FORCE is lifted for the moment, inside the migration's transaction.
    """
    forced = [
        table
        for table in dict.fromkeys(
            f"{operation.kw.get(schema) or SCHEMA}.{name}"
            for schema, name in (
                ("source_schema", operation.source_table),
                ("referent_schema", operation.referent_table),
            )
        )
        if operations.get_bind().scalar(
            text(
                "SELECT relforcerowsecurity FROM pg_catalog.pg_class"
                " WHERE oid = cast(:t AS regclass)"
            ),
            {"t": table},
        )
    ]
    for table in forced:
        operations.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    operations.impl.add_constraint(operation.to_constraint(operations.migration_context))
    for table in forced:
        operations.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


@Operations.implementation_for(RunSqlFile)
def _run_sql_file(operations: Operations, operation: RunSqlFile) -> None:
    statements = (SQL_FOLDER / operation.name).read_text()
    driver = operations.get_bind().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("Migrations run on psycopg")
    # Straight to the driver and without parameters: colons and percent signs are literal,
    # and many statements are one text.
    driver.execute(statements.encode())


def _call(name: str, *arguments: str, options: dict[str, object]) -> str:
    given = [*map(repr, arguments), *(f"{key}={value!r}" for key, value in options.items())]
    return f"op.{name}({', '.join(given)})"


@renderers.dispatch_for(ProtectTenantTable)
def _render_protect(_: AutogenContext, operation: ProtectTenantTable) -> str:
    return _call("protect_tenant_table", operation.table, options=operation.options())


@renderers.dispatch_for(UnprotectTable)
def _render_unprotect(_: AutogenContext, operation: UnprotectTable) -> str:
    return _call("unprotect_table", operation.table, options={})


@renderers.dispatch_for(RegisterGlobalTable)
def _render_register(_: AutogenContext, operation: RegisterGlobalTable) -> str:
    return _call(
        "register_global_table", operation.table, operation.reason, options=operation.options()
    )
