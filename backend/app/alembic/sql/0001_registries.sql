-- What the boundary knows of itself: keys, protected tables, the allow-lists.

-- The two padded keys of HMAC-SHA256 (RFC 2104), so that no function ever holds the key.
-- Two live rows let keys be rotated. Nobody but the owner reads this table.
CREATE TABLE tenancy.keys (
    kid smallint PRIMARY KEY CHECK (kid >= 0),
    ipad bytea NOT NULL CHECK (length(ipad) = 64),
    opad bytea NOT NULL CHECK (length(opad) = 64),
    not_after timestamptz NOT NULL DEFAULT 'infinity'
);

-- Every table of tenants, and how tenancy.protect() protected it.
CREATE TABLE tenancy.protected (
    relid regclass PRIMARY KEY,
    col name NOT NULL,
    human name,
    published name,
    audited boolean NOT NULL,
    insert_only boolean NOT NULL,
    editable name[]
);

-- Every other table, and why it has no tenant. The platform alone reaches them.
CREATE TABLE tenancy.global_tables (
    relid regclass PRIMARY KEY,
    reason text NOT NULL CHECK (reason <> ''),
    audited boolean NOT NULL,
    insert_only boolean NOT NULL
);

-- Functions that the boundary rests on, each as it was when a migration vouched for it, and who
-- may call it with its owner's rights. By name: pg_upgrade refuses columns of type regprocedure.
CREATE TABLE tenancy.trusted_functions (
    signature text PRIMARY KEY,
    roles name[] NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    digest text NOT NULL
);

GRANT SELECT ON tenancy.protected, tenancy.global_tables, tenancy.trusted_functions TO platform;

CREATE FUNCTION tenancy.digest_of(f oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $f$
    SELECT md5(concat_ws(E'\x1f', p.prosrc, l.lanname, p.prosecdef, p.provolatile, p.proleakproof,
                         p.proconfig::text, format_type(p.prorettype, NULL), p.proowner::regrole,
                         pg_get_function_arguments(p.oid)))
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
     WHERE p.oid = f
$f$;
GRANT EXECUTE ON FUNCTION tenancy.digest_of(oid) TO platform;

-- Vouch for a function and let these roles call it, nobody else. From now on the audit reports
-- any change to it.
CREATE FUNCTION tenancy.trust(f regprocedure, roles name[], reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    role name;
BEGIN
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, tenant_rw, tenant_ro, tenant_human,'
                   ' tenant_public, platform', f);
    FOREACH role IN ARRAY trust.roles LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, role);
    END LOOP;
    INSERT INTO tenancy.trusted_functions AS t
    VALUES (f::text, trust.roles, trust.reason, tenancy.digest_of(f))
    ON CONFLICT (signature) DO UPDATE SET (roles, reason, digest)
       = (excluded.roles, excluded.reason, excluded.digest);
END $f$;

-- A UUIDv7 (RFC 9562) with microseconds in rand_a: rows made here sort by when they were made.
-- PostgreSQL has a function of its own since version 18.
CREATE FUNCTION tenancy.new_id() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $f$
    SELECT encode(
        overlay(
            uuid_send(gen_random_uuid()) PLACING
            substring(int8send(us / 1000) FROM 3)
            || substring(int4send((28672 + (us % 1000) * 4096 / 1000)::int) FROM 3)
            FROM 1 FOR 8
        ), 'hex')::uuid
      FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) AS clock
$f$;
GRANT EXECUTE ON FUNCTION tenancy.new_id() TO tenant_rw, platform;
