"""Operations that migrations call: they protect tables, and fail loudly.

Frozen: released migrations call them. New behaviour gets a new name.
"""

from pathlib import Path
from typing import TypeVar

import psycopg
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import text

SQL_FOLDER = Path(__file__).resolve().parent / "sql"
SCHEMA = "app"

OpT = TypeVar("OpT", bound=MigrateOperation)


@Operations.register_operation("protect_tenant_table")
class ProtectTenantTable(MigrateOperation):
    """Give a tenant table its policies, its grants and its audit trigger."""

    def __init__(
        self,
        table: str,
        *,
        column: str = "tenant_id",
        human: str | None = None,
        published: str | None = None,
        audited: bool = True,
        insert_only: bool = False,
    ) -> None:
        """Name the table of schema ``app`` and how it is protected."""
        self.table = table
        self.column = column
        self.human = human
        self.published = published
        self.audited = audited
        self.insert_only = insert_only

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
    ) -> None:
        """Call ``tenancy.protect``: the only thing that grants anything on the table.

        ``human`` names the column that says whose row it is, ``published`` the boolean
        that opens it to visitors.
        """
        operations.invoke(
            cls(
                table,
                column=column,
                human=human,
                published=published,
                audited=audited,
                insert_only=insert_only,
            )
        )

    def reverse(self) -> "UnprotectTable":
        """Return what undoes this."""
        return UnprotectTable(self.table)


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

    def reverse(self) -> MigrateOperation:
        """Return what undoes this."""
        return ProtectTenantTable(self.table)


@Operations.register_operation("register_global_table")
class RegisterGlobalTable(MigrateOperation):
    """Say why a table belongs to no tenant; only the platform reaches it."""

    def __init__(self, table: str, reason: str) -> None:
        """Name the table of schema ``app`` and the reason."""
        self.table = table
        self.reason = reason

    @classmethod
    def register_global_table(cls, operations: Operations, table: str, reason: str) -> None:
        """Allow-list a table without a tenant and grant it to the platform."""
        operations.invoke(cls(table, reason))

    def reverse(self) -> UnprotectTable:
        """Return what undoes this."""
        return UnprotectTable(self.table)


@Operations.register_operation("create_tenant_foreign_key")
class CreateTenantForeignKey(MigrateOperation):
    """Add a foreign key between tenant tables that hold rows."""

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
        """Check every row, too: the owner sees none of them under FORCE."""
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


@Operations.implementation_for(ProtectTenantTable)
def _protect(operations: Operations, operation: ProtectTenantTable) -> None:
    statement = text(
        "SELECT tenancy.protect(cast(:t AS regclass), :col, :human, :published,"
        " :audited, :insert_only)"
    ).bindparams(
        t=f"{SCHEMA}.{operation.table}",
        col=operation.column,
        human=operation.human,
        published=operation.published,
        audited=operation.audited,
        insert_only=operation.insert_only,
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
    name = f"{SCHEMA}.{operation.table}"
    operations.execute(
        text("INSERT INTO tenancy.global_tables VALUES (cast(:t AS regclass), :why)").bindparams(
            t=name, why=operation.reason
        )
    )
    operations.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO platform")


@Operations.implementation_for(CreateTenantForeignKey)
def _create_foreign_key(operations: Operations, operation: CreateTenantForeignKey) -> None:
    tables = {f"{SCHEMA}.{operation.source}", f"{SCHEMA}.{operation.target}"}
    for table in tables:
        operations.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    columns = ["tenant_id", *operation.columns]
    operations.create_foreign_key(
        None,
        operation.source,
        operation.target,
        columns,
        ["tenant_id", *operation.remote],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        ondelete=operation.ondelete,
    )
    for table in tables:
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


@renderers.dispatch_for(ProtectTenantTable)
def _render_protect(_: AutogenContext, operation: ProtectTenantTable) -> str:
    given = {
        "human": operation.human,
        "published": operation.published,
        "audited": operation.audited,
        "insert_only": operation.insert_only,
    }
    defaults: dict[str, object] = {
        "human": None,
        "published": None,
        "audited": True,
        "insert_only": False,
    }
    options = [f"{name}={value!r}" for name, value in given.items() if value != defaults[name]]
    if operation.column != "tenant_id":
        options.insert(0, f"column={operation.column!r}")
    return f"op.protect_tenant_table({', '.join([repr(operation.table), *options])})"


@renderers.dispatch_for(UnprotectTable)
def _render_unprotect(_: AutogenContext, operation: UnprotectTable) -> str:
    return f"op.unprotect_table({operation.table!r})"


@renderers.dispatch_for(RegisterGlobalTable)
def _render_register(_: AutogenContext, operation: RegisterGlobalTable) -> str:
    return f"op.register_global_table({operation.table!r}, {operation.reason!r})"
