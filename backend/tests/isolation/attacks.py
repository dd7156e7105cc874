"""What somebody who can run SQL as the application's login would try.

Each attack is a list of texts, run one after the other on one connection inside a tenant's
transaction, most of them several statements at once. ``{mine}`` is the attacker's tenant,
``{theirs}`` the other one, ``{role}`` the attacker's role, ``{me}`` and ``{them}`` two humans
of the attacker's tenant, ``{loot}`` a query for what is sought.
"""

from dataclasses import dataclass

LOOT = "SELECT to_jsonb(h)::text FROM app.humans AS h"


@dataclass(frozen=True)
class Attack:
    """One way to try; nothing of the other tenant may come of it."""

    name: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def attack(name: str, *texts: str) -> Attack:
    """Return an attack; every text that is not the last may fail."""
    return Attack(name, texts)


SET_THEIRS = "set_config('app.tenant_id', '{theirs}', true)"

SETTINGS = (
    attack("asks plainly", "{loot}"),
    attack("names the tenant", "{loot} WHERE tenant_id = '{theirs}'"),
    attack("sets the tenant", "SET LOCAL app.tenant_id = '{theirs}'; {loot}"),
    attack("sets the tenant for the session", "SET app.tenant_id = '{theirs}'; {loot}"),
    attack("resets the tenant", "RESET app.tenant_id; {loot}"),
    attack("resets everything", "RESET ALL; {loot}"),
    attack("discards everything", "COMMIT; DISCARD ALL; SET ROLE {role}; {loot}"),
    attack("sets it in a condition", f"{{loot}} WHERE {SET_THEIRS} IS NOT NULL"),
    attack(
        "sets it in a common table expression",
        f"WITH x AS MATERIALIZED (SELECT {SET_THEIRS} AS s)"
        " SELECT to_jsonb(h)::text FROM x, app.humans h WHERE x.s IS NOT NULL",
    ),
    attack("sets it in the first arm", f"SELECT {SET_THEIRS} UNION ALL {{loot}}"),
    attack(
        "sets it in the key",
        "{loot} WHERE tenant_id = (SELECT set_config('app.tenant_id', '{theirs}', true)::uuid)",
    ),
    attack(
        "sets it in a lateral",
        "SELECT to_jsonb(h)::text FROM (SELECT set_config('app.tenant_id', '{theirs}', true) AS s"
        " OFFSET 0) x CROSS JOIN LATERAL (SELECT * FROM app.humans WHERE x.s <> '' OFFSET 0) h",
    ),
    attack(
        "sets it between two rows",
        "DECLARE loot CURSOR FOR {loot}; SET LOCAL app.tenant_id = '{theirs}'; FETCH ALL FROM loot",
    ),
    attack(
        "plans before it sets",
        "PREPARE loot AS {loot}; EXECUTE loot; SET LOCAL app.tenant_id = '{theirs}'; EXECUTE loot",
    ),
    attack(
        "keeps a generic plan",
        "SET plan_cache_mode = force_generic_plan; PREPARE loot (uuid) AS {loot}"
        " WHERE tenant_id = $1; EXECUTE loot ('{mine}'); EXECUTE loot ('{theirs}')",
    ),
    attack("hides it in a savepoint", "SAVEPOINT a; RESET ROLE; ROLLBACK TO a; {loot}"),
    attack(
        "runs SQL in SQL",
        f"SELECT {SET_THEIRS}, query_to_xml('{{loot_quoted}}', true, true, '')",
    ),
    attack("dumps a table as XML", "SELECT table_to_xml('app.humans', true, true, '')"),
    attack("dumps a schema as XML", "SELECT schema_to_xml('app', true, true, '')"),
    attack("dumps the database as XML", "SELECT database_to_xml(true, true, '')"),
    attack(
        "collects words", "SELECT * FROM ts_stat('SELECT to_tsvector(first_name) FROM app.humans')"
    ),
    attack(
        "runs a block",
        "DO $$ DECLARE r record; BEGIN PERFORM set_config('app.tenant_id', '{theirs}', true);"
        " FOR r IN {loot} LOOP RAISE NOTICE '%', r; END LOOP; END $$",
    ),
)

SIGNATURES = (
    *(
        attack(
            f"signs with {name}",
            f"SELECT {SET_THEIRS}, set_config('app.tenant_sig', {sig}, true)",
            "{loot}",
        )
        for name, sig in (
            ("nothing", "''"),
            ("null", "NULL"),
            ("garbage", "'garbage'"),
            ("too many parts", "'1.2.3.4.5'"),
            ("dots", "'...'"),
            ("zeros", "'1.9999999999.' || repeat('0', 64)"),
            ("a key id that is none", "'x.9999999999.' || repeat('0', 64)"),
            ("a huge key id", "'99999999999999999999.9999999999.' || repeat('0', 64)"),
            ("a huge expiry", "'1.99999999999999999999999.' || repeat('0', 64)"),
            ("an empty key", "'1.9999999999.' || encode(sha256('x'), 'hex')"),
            ("its own", "current_setting('app.tenant_sig')"),
            ("its own in capitals", "upper(current_setting('app.tenant_sig'))"),
            ("a null byte's escape", "'1.9999999999.\\x00'"),
        )
    ),
    attack(
        "moves its tenant into the human",
        f"SELECT {SET_THEIRS}, set_config('app.human_id', '.{{mine}}', true)",
        "{loot}",
    ),
)

ROLES = (
    attack("steps down", "RESET ROLE; {loot}"),
    attack("becomes nobody", "SELECT set_config('role', 'none', true)", "{loot}"),
    *(
        attack(f"becomes {role}", f"SET ROLE {role}; {{loot}}")
        for role in (
            "platform",
            "app_owner",
            "app_migrator",
            "platform_login",
            "postgres",
            "pg_read_all_data",
            "pg_monitor",
        )
    ),
    attack("changes who it is", "SET SESSION AUTHORIZATION platform_login; {loot}"),
    attack("gives itself a role", "GRANT platform TO app_login; SET ROLE platform; {loot}"),
    attack("gives itself a table", "GRANT SELECT ON app.humans TO app_login; RESET ROLE; {loot}"),
    attack("presets its role", "ALTER ROLE app_login SET role = 'platform'"),
    attack("presets its tenant", "ALTER ROLE app_login SET app.tenant_id = '{theirs}'"),
    attack("presets everybody's", "ALTER DATABASE CURRENT SET app.tenant_id = '{theirs}'"),
    attack("hides the policies", "SET row_security = off; {loot}"),
    attack("pretends to replicate", "SET session_replication_role = replica; {loot}"),
    attack("opens the policies", "ALTER POLICY tenant_floor ON app.humans USING (true); {loot}"),
    attack("drops the policies", "DROP POLICY tenant_floor ON app.humans; {loot}"),
    attack("adds a policy", "CREATE POLICY mine ON app.humans USING (true); {loot}"),
    attack("turns them off", "ALTER TABLE app.humans DISABLE ROW LEVEL SECURITY; {loot}"),
    attack("unforces them", "ALTER TABLE app.humans NO FORCE ROW LEVEL SECURITY; {loot}"),
)

SIDE_DOORS = (
    attack("shadows the keys", "CREATE TEMP TABLE keys (kid int, ipad bytea, opad bytea); {loot}"),
    attack("shadows the table", "CREATE TEMP TABLE humans (id int)"),
    attack(
        "shadows a function",
        "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1';"
        " SET search_path = pg_temp, pg_catalog; {loot}",
    ),
    attack(
        "prefers its own operators",
        "CREATE SCHEMA mine; SET search_path = mine, app, tenancy, pg_catalog; {loot}",
    ),
    attack("makes a function", "CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    attack("reads the keys", "SELECT encode(ipad, 'hex') FROM tenancy.keys"),
    attack("replaces the keys", "DELETE FROM tenancy.keys"),
    attack("reads the registries", "TABLE tenancy.protected", "TABLE tenancy.trusted_functions"),
    attack("protects anew", "SELECT tenancy.protect('app.humans', published => 'is_red_flagged')"),
    attack("trusts itself", "SELECT tenancy.trust('pg_catalog.now()', '{{tenant_rw}}', 'mine')"),
    attack(
        "reads the secrets", "TABLE app.refresh_tokens", "TABLE app.logins", "TABLE app.operators"
    ),
    attack("reads the queue", "SELECT * FROM jobs.procrastinate_jobs"),
    attack("copies out", "COPY (SELECT 1) TO '/tmp/loot'", "COPY app.humans TO '/tmp/loot'"),
    attack("runs a program", "COPY (SELECT 1) TO PROGRAM 'true'"),
    attack("reads a file", "SELECT pg_read_file('postgresql.conf')", "SELECT pg_ls_dir('.')"),
    attack("stores a large object", "SELECT lo_from_bytea(0, 'x')", "SELECT lo_get(1)"),
    attack("reads statements", "SELECT query FROM pg_stat_activity"),
    attack("reads statements as nobody", "RESET ROLE; SELECT query FROM pg_stat_activity"),
    attack("reads what is prepared", "SELECT statement FROM pg_prepared_statements"),
    attack("reads statistics", "SELECT * FROM pg_stats WHERE schemaname = 'app'"),
    attack("reads raw statistics", "SELECT * FROM pg_statistic"),
    attack("reads extended statistics", "SELECT * FROM pg_stats_ext"),
    attack("explains", "EXPLAIN (VERBOSE) {loot}", "EXPLAIN (ANALYZE, VERBOSE) {loot}"),
    attack("loads a module", "LOAD 'auto_explain'", "CREATE EXTENSION dblink"),
    attack("connects elsewhere", "SELECT dblink('dbname=postgres', 'SELECT 1')"),
    attack("samples blocks", "SELECT to_jsonb(h)::text FROM app.humans h TABLESAMPLE SYSTEM (100)"),
    attack(
        "goes by position",
        "{loot} WHERE ctid = ANY"
        " (ARRAY(SELECT format('(0,%s)', n)::tid FROM generate_series(1, 50) n))",
    ),
    attack(
        "divides by a secret",
        "{loot} WHERE 1 / (CASE WHEN tenant_id = '{theirs}' THEN 0 ELSE 1 END) = 1",
    ),
    attack("casts a secret", "{loot} WHERE tenant_id = '{theirs}' AND first_name::int = 1"),
    attack(
        "casts every secret", "SELECT to_jsonb(h)::text FROM app.humans h WHERE first_name::int = 1"
    ),
    attack(
        "raises a secret",
        "{loot} WHERE tenant_id = '{theirs}' AND pg_input_error_info(first_name, 'int') IS NULL",
    ),
    attack("locks", "LOCK TABLE app.audit_log IN ACCESS EXCLUSIVE MODE", "{loot} FOR UPDATE"),
)

WRITES = (
    attack("empties a table", "TRUNCATE app.humans CASCADE"),
    attack(
        "updates everybody", "UPDATE app.humans SET first_name = 'x' WHERE tenant_id = '{theirs}'"
    ),
    attack("deletes everybody", "DELETE FROM app.check_ins WHERE tenant_id = '{theirs}'"),
    attack(
        "gives a row away",
        "UPDATE app.humans SET tenant_id = '{theirs}' WHERE tenant_id = '{mine}'",
    ),
    attack(
        "gives a row away returning",
        "UPDATE app.humans SET tenant_id = '{theirs}' RETURNING to_jsonb(humans)::text",
    ),
    attack(
        "puts a row there",
        "INSERT INTO app.mail_messages (tenant_id, id, kind, language, recipient, attachments,"
        " status, attempts)"
        " VALUES ('{theirs}', gen_random_uuid(), 'x', 'en', 'x', '[]', 'queued', 0)",
    ),
    attack(
        "takes a row over",
        "INSERT INTO app.humans SELECT * FROM app.humans"
        " ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = '{theirs}'",
    ),
    attack(
        "merges",
        "MERGE INTO app.humans h USING (SELECT '{theirs}'::uuid AS t) s ON h.tenant_id = s.t"
        " WHEN MATCHED THEN DELETE",
    ),
    attack(
        "joins in a delete",
        "DELETE FROM app.check_ins c USING app.tenants t"
        " WHERE t.id = '{theirs}' AND c.tenant_id = t.id",
    ),
    attack("suspends", "UPDATE app.tenants SET status = 'suspended'"),
    attack("renames the other", "UPDATE app.tenants SET name = 'x' WHERE id = '{theirs}'"),
    attack("forges the log", "UPDATE app.audit_log SET actor = 'x'", "DELETE FROM app.audit_log"),
    attack(
        "logs for the other",
        "INSERT INTO app.audit_log (tenant_id, id, actor, action, table_name, row_id)"
        " VALUES ('{theirs}', gen_random_uuid(), 'x', 'x', 'x', gen_random_uuid())",
    ),
    attack(
        "queues for the other",
        "SELECT tenancy.defer_job('send_mail', '{{\"tenant_id\": \"{theirs}\"}}', 'mail',"
        " NULL, 'x')",
    ),
    attack("ends the other's logins", "SELECT tenancy.end_logins('{theirs_subject}')"),
    attack(
        "moves counters",
        "UPDATE app.allotments SET held = 0",
        "UPDATE app.holds SET state = 'freed'",
    ),
    attack("listens", "LISTEN procrastinate_any_queue_v1", "SELECT pg_notify('x', 'y')"),
)

ENTERING = (
    attack("enters the other", "SELECT tenancy.enter('{theirs}', NULL, NULL, 'system:x', '')"),
    attack(
        "enters with its own signature",
        "SELECT tenancy.enter('{theirs}', NULL, NULL, 'system:x',"
        " current_setting('app.tenant_sig'))",
        "{loot}",
    ),
    attack(
        "forgets that it entered",
        "SET LOCAL app.tenant_id = ''; SET LOCAL app.entered = '';"
        " SELECT tenancy.enter('{theirs}', NULL, NULL, 'system:x', '')",
        "{loot}",
    ),
    attack(
        "begins again",
        "COMMIT; BEGIN; SET LOCAL ROLE {role};"
        " SELECT tenancy.enter('{theirs}', NULL, NULL, 'system:x', '')",
        "{loot}",
    ),
    attack(
        "keeps its signature over the end",
        "SELECT set_config('app.kept', current_setting('app.tenant_sig'), false)",
        "COMMIT; BEGIN; SET LOCAL ROLE {role};"
        " SELECT tenancy.enter('{theirs}', NULL, NULL, 'system:x', current_setting('app.kept'))",
        "{loot}",
    ),
    attack("enters the platform", "SELECT tenancy.enter_platform(NULL, 'x')"),
)

ATTACKS = (*SETTINGS, *SIGNATURES, *ROLES, *SIDE_DOORS, *WRITES, *ENTERING)

HUMAN_ATTACKS = (
    attack("asks plainly", "{loot}", "SELECT to_jsonb(a)::text FROM app.applications a"),
    attack("sets the human", "SET LOCAL app.human_id = '{them}'; {loot}"),
    attack(
        "sets the human in the key",
        "{loot} WHERE id = (SELECT set_config('app.human_id', '{them}', true)::uuid)",
    ),
    attack(
        "sets the human in the tenant's key",
        "{loot} WHERE tenant_id = (SELECT CASE WHEN set_config('app.human_id', '{them}', true)"
        " IS NOT NULL THEN '{mine}'::uuid END)",
    ),
    attack(
        "sets the human between the checks",
        "SET enable_seqscan = off; SET enable_bitmapscan = off; {loot} WHERE tenant_id = '{mine}'"
        " AND email = (SELECT CASE WHEN set_config('app.human_id', '{them}', true) IS NOT NULL"
        " THEN 'neighbour' END)",
    ),
    attack(
        "empties the human",
        "SET LOCAL app.human_id = ''; {loot}",
    ),
    attack("becomes staff", "SET ROLE tenant_rw; {loot}"),
    attack("becomes a reader", "SET ROLE tenant_ro; {loot}"),
    attack(
        "is staff while planned, human while checked",
        "SET ROLE tenant_rw; SELECT to_jsonb(h)::text"
        " FROM (SELECT set_config('role', 'tenant_human', true) AS s OFFSET 0) x"
        " CROSS JOIN LATERAL (SELECT * FROM app.humans WHERE x.s IS NOT NULL OFFSET 0) h",
    ),
    attack(
        "is staff while planned, human in the key",
        "SET ROLE tenant_rw; {loot} WHERE tenant_id ="
        " (SELECT CASE WHEN set_config('role', 'tenant_human', true) IS NOT NULL"
        " THEN '{mine}'::uuid END)",
    ),
    attack(
        "is staff in SQL in SQL",
        "SELECT set_config('role', 'tenant_rw', true), query_to_xml('{loot_quoted} WHERE tenant_id"
        " = (SELECT CASE WHEN set_config(''role'', ''tenant_human'', true) IS NOT NULL"
        " THEN ''{mine}''::uuid END)', true, true, '')",
    ),
    attack(
        "is staff in a block",
        "DO $$ DECLARE r record; BEGIN SET LOCAL ROLE tenant_rw; FOR r IN {loot} WHERE tenant_id ="
        " (SELECT CASE WHEN set_config('role', 'tenant_human', true) IS NOT NULL"
        " THEN '{mine}'::uuid END) LOOP RAISE NOTICE '%', r; END LOOP; END $$",
    ),
    attack(
        "calls as staff, is checked as human",
        "SET ROLE tenant_rw; SELECT tenancy.end_logins((SELECT CASE WHEN"
        " set_config('role', 'tenant_human', true) IS NOT NULL THEN '{them}'::uuid END))",
    ),
    attack("changes itself", "UPDATE app.humans SET is_red_flagged = false"),
    attack(
        "begins a writing transaction",
        "COMMIT; BEGIN; SET LOCAL ROLE tenant_rw; SELECT tenancy.enter('{mine}', '{me}', NULL,"
        " 'system:x', '{sig}')",
        "UPDATE app.humans SET residence = 'taken' WHERE tenant_id = (SELECT CASE WHEN"
        " set_config('role', 'tenant_human', true) IS NOT NULL THEN '{mine}'::uuid END)",
        "COMMIT",
    ),
    attack(
        "reads as the public",
        "SET ROLE tenant_public; {loot}",
    ),
    attack("reads their log", "TABLE app.audit_log", "TABLE app.users", "TABLE app.mail_messages"),
)
