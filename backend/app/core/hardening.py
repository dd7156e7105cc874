"""The part of the bootstrap that only a superuser can do, for servers of one's own.

The policies keep the tenants apart without it. It takes tools away from SQL that was
injected all the same, and protects tables that somebody makes by hand.
"""

from typing import TypeAlias

import psycopg
from psycopg import sql

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

DANGEROUS = (
    "^(set_config$|pg_notify$|pg_notification|lo_|loread$|lowrite$|ts_stat$"
    "|(query|cursor|table|schema|database)_to_xml"
    "|pg_stat_get_activity$|pg_stat_get_backend_activity$)"
)
"""Functions that change a setting, run SQL given as text, or reach past the policies:
notifications, large objects and other sessions' statements know no tenants."""

STILL_ALLOWED = {
    # Entering a context is setting settings; a job's trigger wakes the worker.
    "set_config": "app_owner, platform",
    "pg_notify": "app_owner, platform",
    "pg_stat_get_activity": "pg_monitor",
    "pg_stat_get_backend_activity": "pg_monitor",
}

ON_DDL = """
CREATE OR REPLACE FUNCTION tenancy.on_ddl() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT objid::regclass AS relation FROM pg_event_trigger_ddl_commands()
         WHERE object_type = 'table' AND schema_name = 'app'
    LOOP
        -- As somebody else this function would run with somebody else's rights what the
        -- owner of the schema may replace, and the table would belong to the wrong role.
        IF current_user <> 'app_owner' THEN
            RAISE EXCEPTION 'tables of schema app are made by app_owner'
                USING ERRCODE = '42501', HINT = 'SET ROLE app_owner first.';
        END IF;
        IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = made.relation
                      AND a.attname = 'tenant_id' AND a.attnotnull
                      AND a.atttypid = 'uuid'::regtype) THEN
            PERFORM tenancy.protect(made.relation);
        END IF;
    END LOOP;
END $function$;
REVOKE ALL ON FUNCTION tenancy.on_ddl() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS tenancy_ddl;
CREATE EVENT TRIGGER tenancy_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
    EXECUTE FUNCTION tenancy.on_ddl();
"""
"""A table made by hand is protected at once; one without a tenant has no grants anyway."""


def harden(admin: Connection) -> None:
    """Take the dangerous functions from everybody, and watch over new tables."""
    found = admin.execute(
        "SELECT oid::regprocedure::text, proname FROM pg_proc"
        " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s ORDER BY oid",
        [DANGEROUS],
    ).fetchall()
    for signature, name in found:
        admin.execute(f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC".encode())
        if roles := STILL_ALLOWED.get(str(name)):
            admin.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {roles}".encode())
    admin.execute(sql.SQL(ON_DDL))
