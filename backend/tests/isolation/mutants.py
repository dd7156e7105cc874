"""Ways to break the boundary in the catalog, each with what the audit must say of it."""

from dataclasses import dataclass

OWNER = "SET LOCAL ROLE app_owner; "
"""Tables are made as their owner: under the hardening nobody else may."""


@dataclass(frozen=True)
class Mutant:
    """One change of the catalog; the audit must name the object under this code."""

    name: str
    sql: str
    code: str
    object: str


def _policies() -> list[Mutant]:
    products = "app.products"
    return [
        Mutant(f"drops {policy}", f"DROP POLICY {policy} ON {products}", "T04", products)
        for policy in (
            "tenant_floor",
            "reader_floor",
            "human_floor",
            "public_floor",
            "tenant_access",
            "human_access",
            "public_access",
            "platform_access",
        )
    ] + [
        Mutant(
            "opens the floor",
            f"ALTER POLICY tenant_floor ON {products} USING (true)",
            "T04",
            products,
        ),
        Mutant(
            "writes for anybody",
            f"ALTER POLICY tenant_floor ON {products} WITH CHECK (true)",
            "T04",
            products,
        ),
        Mutant(
            "trusts the plain setting",
            f"ALTER POLICY tenant_floor ON {products}"
            " USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
            "T04",
            products,
        ),
        Mutant(
            "asks for the current role's signature",
            f"ALTER POLICY tenant_floor ON {products}"
            " USING (tenant_id = (SELECT tenancy.current_tenant()))",
            "T04",
            products,
        ),
        Mutant(
            "widens a floor's opposite",
            f"ALTER POLICY tenant_access ON {products} USING (true)",
            "T04",
            products,
        ),
        Mutant(
            "leaves a role out of its floor",
            f"ALTER POLICY human_floor ON {products} TO tenant_rw",
            "T04",
            products,
        ),
        Mutant(
            "makes a floor permissive",
            f"DROP POLICY public_floor ON {products}; CREATE POLICY public_floor ON {products}"
            " TO tenant_public"
            " USING ((tenant_id = (SELECT tenancy.current_tenant('tenant_public'))))",
            "T04",
            products,
        ),
        Mutant(
            "believes a human's plain setting",
            "ALTER POLICY human_access ON app.humans"
            " USING (id = (SELECT current_setting('app.human_id')::uuid))",
            "T04",
            "app.humans",
        ),
        Mutant(
            "adds a permissive policy",
            f"CREATE POLICY anybody ON {products} USING (is_published)",
            "T05",
            products,
        ),
    ]


def _tables() -> list[Mutant]:
    return [
        Mutant(
            "turns row-level security off",
            "ALTER TABLE app.users DISABLE ROW LEVEL SECURITY",
            "T02",
            "app.users",
        ),
        Mutant(
            "lets the owner pass",
            "ALTER TABLE app.users NO FORCE ROW LEVEL SECURITY",
            "T03",
            "app.users",
        ),
        Mutant(
            "adds a table nobody protected",
            f"{OWNER}CREATE TABLE app.stray (id uuid PRIMARY KEY)",
            "T01",
            "app.stray",
        ),
        Mutant(
            "adds a table outside the schema",
            "CREATE TABLE public.stray (id uuid PRIMARY KEY)",
            "T01",
            "public.stray",
        ),
        Mutant("gives a table away", "ALTER TABLE app.users OWNER TO platform", "T06", "app.users"),
        Mutant(
            "lets the tenant be null",
            "ALTER TABLE app.mail_messages DROP CONSTRAINT mail_messages_pkey;"
            " ALTER TABLE app.mail_messages ALTER tenant_id DROP NOT NULL",
            "T09",
            "app.mail_messages",
        ),
        Mutant(
            "stops recording changes",
            "DROP TRIGGER record_change ON app.users",
            "T10",
            "app.users",
        ),
        Mutant(
            "records some changes",
            "DROP TRIGGER record_change ON app.users; CREATE TRIGGER record_change"
            " AFTER INSERT ON app.users FOR EACH ROW"
            " EXECUTE FUNCTION tenancy.record_change('tenant_id')",
            "T10",
            "app.users",
        ),
        Mutant(
            "disables a trigger",
            "ALTER TABLE app.users DISABLE TRIGGER record_change",
            "T12",
            "app.users",
        ),
        Mutant(
            "disables foreign keys", "ALTER TABLE app.users DISABLE TRIGGER ALL", "T12", "app.users"
        ),
        Mutant(
            "rewrites statements",
            "CREATE RULE quiet AS ON DELETE TO app.users DO INSTEAD NOTHING",
            "T11",
            "app.users",
        ),
        Mutant(
            "adds a child by inheritance",
            f"{OWNER}CREATE TABLE app.child () INHERITS (app.users);"
            " GRANT SELECT ON app.child TO tenant_rw",
            "T07",
            "app.child",
        ),
        Mutant(
            "protects no child",
            f"{OWNER}CREATE TABLE app.child (LIKE app.users INCLUDING CONSTRAINTS);"
            " ALTER TABLE app.child INHERIT app.users;"
            " DELETE FROM tenancy.protected WHERE relid = 'app.child'::regclass",
            "T01",
            "app.child",
        ),
    ]


def _grants() -> list[Mutant]:
    def granted(name: str, what: str, to: str, table: str = "app.products") -> Mutant:
        return Mutant(name, f"GRANT {what} ON {table} TO {to}", "T07", table)

    return [
        granted("grants TRUNCATE", "TRUNCATE", "tenant_rw"),
        granted("grants REFERENCES", "REFERENCES", "tenant_rw"),
        granted("grants TRIGGER", "TRIGGER", "tenant_ro"),
        granted("lets readers write", "UPDATE", "tenant_ro"),
        granted("lets humans write", "INSERT", "tenant_human"),
        granted("grants to everybody", "SELECT", "PUBLIC"),
        granted("grants one column", "SELECT (price_minor)", "app_login"),
        granted("lets the audit log be changed", "UPDATE", "tenant_rw", "app.audit_log"),
        granted("lets the platform forget", "DELETE", "platform", "app.audit_log"),
        granted("opens a secret table", "SELECT", "tenant_rw", "app.refresh_tokens"),
        granted("lets a tenant suspend itself", "UPDATE (status)", "tenant_rw", "app.tenants"),
        granted("lets a counter be written", "UPDATE (held)", "tenant_rw", "app.allotments"),
        granted("shows unpublished tables", "SELECT", "tenant_public", "app.humans"),
        granted("shows the keys", "SELECT", "platform", "tenancy.keys"),
        granted("lets the registry be edited", "DELETE", "platform", "tenancy.protected"),
        Mutant(
            "grants a partition",
            f"{OWNER}CREATE TABLE app.parted (tenant_id uuid NOT NULL, id uuid NOT NULL,"
            " PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);"
            " CREATE TABLE app.part PARTITION OF app.parted"
            " FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
            " SELECT tenancy.protect('app.parted'); GRANT SELECT ON app.part TO tenant_rw",
            "T07",
            "app.part",
        ),
        Mutant(
            "takes a grant away", "REVOKE DELETE ON app.users FROM tenant_rw", "T08", "app.users"
        ),
        Mutant(
            "gives a login a table", "GRANT SELECT ON app.users TO app_login", "R08", "app.users"
        ),
        Mutant(
            "gives a login a function",
            "GRANT EXECUTE ON FUNCTION tenancy.new_id() TO app_login",
            "R08",
            "tenancy.new_id()",
        ),
        Mutant(
            "opens a sequence",
            f"{OWNER}CREATE SEQUENCE app.numbers; GRANT USAGE ON SEQUENCE app.numbers TO tenant_rw",
            "S01",
            "app.numbers",
        ),
        Mutant("opens the queue", "GRANT USAGE ON SCHEMA jobs TO tenant_rw", "N01", "jobs"),
        Mutant(
            "lets tenants create", "GRANT CREATE ON SCHEMA app TO tenant_rw", "R06", "tenant_rw"
        ),
        Mutant(
            "gives tables away in future",
            f"{OWNER}ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO tenant_rw",
            "D02",
            "app_owner",
        ),
        Mutant(
            "opens functions in future",
            f"{OWNER}ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
            "D01",
            "app_owner",
        ),
    ]


def _views_and_functions() -> list[Mutant]:
    made = "LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'"
    return [
        Mutant(
            "adds a view of the owner",
            f"{OWNER}CREATE VIEW app.peek AS SELECT * FROM app.users;"
            " GRANT SELECT ON app.peek TO tenant_rw",
            "V01",
            "app.peek",
        ),
        Mutant(
            "shows a materialized view",
            f"{OWNER}CREATE MATERIALIZED VIEW app.copied AS SELECT 1 AS one;"
            " GRANT SELECT ON app.copied TO tenant_ro",
            "V02",
            "app.copied",
        ),
        Mutant(
            "shows a view to everybody",
            f"{OWNER}CREATE VIEW app.peek WITH (security_invoker) AS SELECT 1 AS one;"
            " GRANT SELECT ON app.peek TO PUBLIC",
            "V03",
            "app.peek",
        ),
        Mutant(
            "adds a function with the owner's rights",
            f"{OWNER}CREATE FUNCTION app.peek() RETURNS int {made};"
            " GRANT EXECUTE ON FUNCTION app.peek() TO tenant_rw",
            "F01",
            "app.peek()",
        ),
        Mutant(
            "lets another role call a trusted function",
            "GRANT EXECUTE ON FUNCTION tenancy.end_logins(uuid) TO tenant_human",
            "F01",
            "tenancy.end_logins(uuid)",
        ),
        Mutant(
            "pins no search path",
            f"{OWNER}CREATE FUNCTION app.peek() RETURNS int LANGUAGE sql SECURITY DEFINER"
            " SET search_path = pg_catalog AS 'SELECT 1'",
            "F02",
            "app.peek()",
        ),
        Mutant(
            "looks before the policies",
            "CREATE FUNCTION app.peek(text) RETURNS boolean LANGUAGE sql LEAKPROOF"
            " AS 'SELECT true';"
            " ALTER FUNCTION app.peek(text) OWNER TO app_owner",
            "F03",
            "app.peek(text)",
        ),
        Mutant(
            "lets a plan keep the tenant",
            f"{OWNER}CREATE FUNCTION app.mine() RETURNS text LANGUAGE sql IMMUTABLE"
            " AS $$SELECT current_setting('app.tenant_id')$$",
            "F04",
            "app.mine()",
        ),
        Mutant(
            "adds a trigger with the owner's rights",
            f"{OWNER}CREATE FUNCTION app.peek() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            " SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END';"
            " CREATE TRIGGER peek BEFORE INSERT ON app.users FOR EACH ROW"
            " EXECUTE FUNCTION app.peek()",
            "F05",
            "app.users",
        ),
        Mutant(
            "lets everybody call a function",
            "GRANT EXECUTE ON FUNCTION tenancy.protect(regclass, name, name, name, boolean,"
            " boolean, name[]) TO PUBLIC",
            "F06",
            "tenancy.protect(regclass,name,name,name,boolean,boolean,name[])",
        ),
        Mutant(
            "believes any signature",
            f"{OWNER}CREATE OR REPLACE FUNCTION tenancy.current_tenant(as_role text"
            " DEFAULT current_setting('role')) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE"
            " SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
            " AS $$SELECT current_setting('app.tenant_id')::uuid$$",
            "F07",
            "tenancy.current_tenant(text)",
        ),
        Mutant(
            "drops a trusted function",
            "DROP FUNCTION tenancy.end_logins(uuid)",
            "F07",
            "tenancy.end_logins(uuid)",
        ),
        Mutant(
            "lets a function be pinned elsewhere",
            "ALTER FUNCTION tenancy.record_change() RESET search_path",
            "F07",
            "tenancy.record_change()",
        ),
        Mutant(
            "gives a function away",
            "ALTER FUNCTION tenancy.new_id() OWNER TO platform",
            "F08",
            "tenancy.new_id()",
        ),
    ]


def _keys() -> list[Mutant]:
    return [
        Mutant(
            "references without the tenant",
            "ALTER TABLE app.users ADD UNIQUE (id);"
            " ALTER TABLE app.humans ADD invited_by uuid REFERENCES app.users (id)",
            "K01",
            "app.humans",
        ),
        Mutant(
            "crosses the tenant",
            "ALTER TABLE app.humans ADD a uuid, ADD b uuid;"
            " ALTER TABLE app.humans ADD FOREIGN KEY (a, b) REFERENCES app.users (tenant_id, id)",
            "K01",
            "app.humans",
        ),
        Mutant(
            "makes a key for all tenants",
            "CREATE UNIQUE INDEX ON app.users (email)",
            "K02",
            "app.users",
        ),
        Mutant(
            "makes an expression unique for all tenants",
            "CREATE UNIQUE INDEX ON app.users (lower(email))",
            "K02",
            "app.users",
        ),
        Mutant(
            "includes the tenant without comparing it",
            "CREATE UNIQUE INDEX ON app.users (email) INCLUDE (tenant_id)",
            "K02",
            "app.users",
        ),
        Mutant(
            "has no index by tenant",
            f"{OWNER}CREATE TABLE app.slow (tenant_id uuid NOT NULL, id uuid NOT NULL,"
            " PRIMARY KEY (id, tenant_id)); SELECT tenancy.protect('app.slow')",
            "K03",
            "app.slow",
        ),
        Mutant(
            "indexes a numeric",
            "ALTER TABLE app.users ADD score numeric; CREATE INDEX ON app.users (tenant_id, score)",
            "K04",
            "app.users",
        ),
        Mutant(
            "indexes an enum",
            f"{OWNER}CREATE TYPE app.mood AS ENUM ('sad'); ALTER TABLE app.users ADD mood app.mood;"
            " CREATE INDEX ON app.users (tenant_id, mood)",
            "K04",
            "app.users",
        ),
        Mutant(
            "references a global table",
            "ALTER TABLE app.users ADD login_id uuid REFERENCES app.logins (id)",
            "K05",
            "app.users",
        ),
    ]


def _roles() -> list[Mutant]:
    return [
        Mutant("bypasses", "ALTER ROLE tenant_rw BYPASSRLS", "R01", "tenant_rw"),
        Mutant("makes a superuser", "ALTER ROLE platform_login SUPERUSER", "R01", "platform_login"),
        Mutant("lets the login inherit", "ALTER ROLE app_login INHERIT", "R02", "app_login"),
        Mutant("lends the platform", "GRANT platform TO app_login", "R04", "app_login"),
        Mutant("lends the owner", "GRANT app_owner TO platform_login", "R04", "platform_login"),
        Mutant("reads everything", "GRANT pg_read_all_data TO tenant_ro", "R04", "tenant_ro"),
        Mutant(
            "adds a stranger",
            "CREATE ROLE edgeos_stranger LOGIN; GRANT tenant_rw TO edgeos_stranger",
            "R05",
            "edgeos_stranger",
        ),
        Mutant(
            "presets a tenant", "ALTER ROLE app_login SET app.tenant_id = 'x'", "R07", "app_login"
        ),
        Mutant("presets a role", "ALTER ROLE app_login SET role = 'tenant_rw'", "R07", "app_login"),
        Mutant("lets a role log in", "ALTER ROLE tenant_rw LOGIN", "R09", "tenant_rw"),
        Mutant("gives a schema away", "ALTER SCHEMA app OWNER TO platform", "N02", "app"),
        Mutant("publishes", "CREATE PUBLICATION everything FOR ALL TABLES", "P01", "everything"),
        Mutant(
            "adds a foreign server",
            "CREATE FOREIGN DATA WRAPPER elsewhere;"
            " CREATE SERVER away FOREIGN DATA WRAPPER elsewhere",
            "X01",
            "away",
        ),
        Mutant("stores a large object", "SELECT lo_create(424242)", "L01", "424242"),
    ]


MUTANTS = (
    *_policies(),
    *_tables(),
    *_grants(),
    *_views_and_functions(),
    *_keys(),
    *_roles(),
)

SINCE_16 = Mutant(
    "inherits by the grant",
    "GRANT tenant_rw TO app_login WITH INHERIT TRUE",
    "R03",
    "app_login",
)
"""Grants have options of their own since PostgreSQL 16."""
