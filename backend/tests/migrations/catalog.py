"""Everything about schema ``app`` that a migration decides, read from the catalog."""

import psycopg

QUERIES = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull,
               attgenerated, pg_get_expr(adbin, adrelid)
          FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          JOIN pg_class c ON c.oid = attrelid AND relkind IN ('r', 'p')
         WHERE relnamespace = 'app'::regnamespace AND attnum > 0 AND NOT attisdropped""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'app'::regnamespace AND contype <> 'n'""",
    "indexes": """
        SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
          JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'app'::regnamespace""",
    "policies": """
        SELECT polrelid::regclass::text, polname, polpermissive, polcmd, polroles::regrole[]::text,
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
          FROM pg_policy""",
    "grants": """
        SELECT c.oid::regclass::text, g.grantee::regrole::text, g.privilege_type
          FROM pg_class c, aclexplode(relacl) g WHERE relnamespace = 'app'::regnamespace
        UNION ALL
        SELECT attrelid::regclass::text || '.' || attname, g.grantee::regrole::text,
               g.privilege_type
          FROM pg_attribute, aclexplode(attacl) g WHERE attrelid >= 16384""",
    "tables": """
        SELECT oid::regclass::text, relkind, relrowsecurity, relforcerowsecurity,
               relowner::regrole::text
          FROM pg_class WHERE relnamespace = 'app'::regnamespace""",
    "recording": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger
         WHERE tgname = 'record_change'""",
}

OBJECTS = {
    "functions": """
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), proacl::text
          FROM pg_proc p WHERE pronamespace IN
               ('app'::regnamespace, 'tenancy'::regnamespace, 'jobs'::regnamespace)""",
    "triggers": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger
         WHERE NOT tgisinternal""",
    "trusted": "SELECT signature, roles::text, digest FROM tenancy.trusted_functions",
    "protected": "SELECT relid::text, p::text FROM tenancy.protected p",
}

Catalog = dict[str, list[str]]


def read_catalog(dsn: str, queries: dict[str, str]) -> Catalog:
    """Return each query's rows as sorted text."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET search_path = pg_catalog")
        return {
            name: sorted(str(row) for row in connection.execute(query.encode()))
            for name, query in queries.items()
        }
