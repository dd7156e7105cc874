-- The boundary between tenants. Runs as app_owner; frozen once released: what changes later
-- comes in a file of its own.

CREATE TABLE tenancy.keys (
    kid smallint PRIMARY KEY,
    ipad bytea NOT NULL CHECK (length(ipad) = 64),
    opad bytea NOT NULL CHECK (length(opad) = 64),
    not_after timestamptz NOT NULL DEFAULT 'infinity'
);
COMMENT ON TABLE tenancy.keys IS
    'The padded keys of the context signature (RFC 2104). Two live ones make a rotation.';

CREATE TABLE tenancy.global_tables (
    relid regclass PRIMARY KEY,
    reason text NOT NULL
);
COMMENT ON TABLE tenancy.global_tables IS 'Tables that are no tenant''s, each with its reason.';

CREATE TABLE tenancy.protected (
    relid regclass PRIMARY KEY,
    col name NOT NULL,
    human name,
    published name,
    audited boolean NOT NULL,
    insert_only boolean NOT NULL
);
COMMENT ON TABLE tenancy.protected IS 'How each tenant table was protected, for tenancy.audit.';

CREATE TABLE tenancy.definer_functions (
    function regprocedure PRIMARY KEY,
    roles name[] NOT NULL,
    reason text NOT NULL
);
COMMENT ON TABLE tenancy.definer_functions IS
    'SECURITY DEFINER functions that tenant roles may call, each with its reason.';

-- The tenant of this transaction, once its signature has been verified.
-- STABLE and never IMMUTABLE: a generic plan must not keep the first caller's tenant.
CREATE FUNCTION tenancy.current_tenant() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    tid text := current_setting('app.tenant_id', true);
    hid text := coalesce(current_setting('app.human_id', true), '');
    sig text := current_setting('app.tenant_sig', true);
    p text[];
    k record;
BEGIN
    IF tid IS NULL OR tid = '' OR sig IS NULL OR sig = '' THEN
        RAISE EXCEPTION 'tenant context is not set' USING ERRCODE = '42501';
    END IF;
    p := string_to_array(sig, '.');  -- key id . expiry in seconds . hex
    IF array_length(p, 1) = 3 AND p[1] ~ '^\d{1,4}$' AND p[2] ~ '^\d{1,12}$' THEN
        SELECT ipad, opad INTO k FROM tenancy.keys
         WHERE kid = p[1]::smallint AND not_after > now();
        -- The role is part of the message: current_user is this function's owner, but the
        -- setting is still what SET LOCAL ROLE made it. now() is the transaction's start.
        IF FOUND AND to_timestamp(p[2]::bigint) >= now()
           AND encode(sha256(k.opad || sha256(k.ipad || convert_to(
                   p[1] || '.' || p[2] || '.' || current_setting('role') || '.' || tid || '.' || hid,
                   'UTF8'))), 'hex') = p[3]
        THEN RETURN tid::uuid; END IF;
    END IF;
    RAISE EXCEPTION 'tenant context is not valid' USING ERRCODE = '42501';
END $f$;

-- Opens a transaction's context: settings local to it, and a look at whether the caller's
-- login and tenant are live. It proves nothing: the signature is what the policies verify.
CREATE FUNCTION tenancy.enter(tenant uuid, human uuid, login uuid, actor text, sig text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    before text := current_setting('app.tenant_id', true);
    login_tenant uuid;
    state text;
BEGIN
    IF before <> '' AND before <> tenant::text THEN
        RAISE EXCEPTION 'a transaction has one tenant' USING ERRCODE = '42501';
    END IF;
    PERFORM set_config('app.tenant_id', tenant::text, true),
            set_config('app.human_id', coalesce(human::text, ''), true),
            set_config('app.actor', actor, true),
            set_config('app.tenant_sig', sig, true);
    IF login IS NOT NULL THEN
        SELECT l.tenant_id INTO login_tenant FROM app.logins l
         WHERE l.id = login AND l.ended_at IS NULL AND l.expires_at > now()
           AND (l.tenant_id = tenant OR l.kind = 'operator');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the login has ended' USING ERRCODE = 'ED401';
        END IF;
    END IF;
    SELECT t.status INTO state FROM app.tenants t WHERE t.id = tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such tenant' USING ERRCODE = 'ED404';
    ELSIF state <> 'active' AND login IS NULL AND actor NOT LIKE 'system:%' THEN
        RAISE EXCEPTION 'the tenant is not active' USING ERRCODE = 'ED404';
    ELSIF state <> 'active' AND login_tenant IS NOT NULL THEN
        RAISE EXCEPTION 'the tenant is not active' USING ERRCODE = 'ED401';
    END IF;
END $f$;

CREATE FUNCTION tenancy.enter_platform(login uuid, actor text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    PERFORM set_config('app.actor', actor, true);
    IF login IS NOT NULL AND NOT EXISTS (
        SELECT FROM app.logins l
         WHERE l.id = login AND l.ended_at IS NULL AND l.expires_at > now()
    ) THEN
        RAISE EXCEPTION 'the login has ended' USING ERRCODE = 'ED401';
    END IF;
END $f$;

-- Ends the sessions of one member of staff, within the caller's tenant.
CREATE FUNCTION tenancy.end_logins(subject uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    UPDATE app.logins SET ended_at = now()
     WHERE subject_id = subject AND tenant_id = tenancy.current_tenant() AND ended_at IS NULL;
END $f$;

-- One row of the audit log for each changed row of a tenant table. Not SECURITY DEFINER: it
-- writes with the rights, and in the tenant, of whoever made the change.
CREATE FUNCTION tenancy.record_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    who text := coalesce(nullif(current_setting('app.actor', true), ''), 'session:' || session_user);
    col text := TG_ARGV[0];
    before jsonb;
    after jsonb;
    what jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        after := to_jsonb(NEW);
    ELSIF TG_OP = 'DELETE' THEN
        before := to_jsonb(OLD);
        what := before;
    ELSE
        before := to_jsonb(OLD);
        after := to_jsonb(NEW);
        SELECT jsonb_object_agg(n.key, jsonb_build_array(before -> n.key, n.value)) INTO what
          FROM jsonb_each(after) n
         WHERE n.value IS DISTINCT FROM before -> n.key AND n.key <> 'updated_at';
        IF what IS NULL THEN RETURN NULL; END IF;
    END IF;
    INSERT INTO app.audit_log (tenant_id, id, at, actor, action, table_name, row_id, changes)
    VALUES ((coalesce(after, before) ->> col)::uuid, gen_random_uuid(), clock_timestamp(), who,
            lower(TG_OP), TG_TABLE_NAME, (coalesce(after, before) ->> 'id')::uuid, what);
    RETURN NULL;
END $f$;

-- The only place that grants anything on a tenant table.
CREATE FUNCTION tenancy.protect(
    t regclass,
    col name DEFAULT 'tenant_id',
    human name DEFAULT NULL,
    published name DEFAULT NULL,
    audited boolean DEFAULT true,
    insert_only boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    c regclass;
    p record;
    own text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
                    WHERE attrelid = t AND attname = col AND attnotnull
                      AND atttypid = 'uuid'::regtype) THEN
        RAISE EXCEPTION 'table % has no NOT NULL uuid column %', t, col;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    FOR p IN SELECT polname FROM pg_policy WHERE polrelid = t LOOP
        EXECUTE format('DROP POLICY %I ON %s', p.polname, t);
    END LOOP;
    EXECUTE format('CREATE POLICY tenant_floor ON %1$s AS RESTRICTIVE FOR ALL '
        'TO tenant_rw, tenant_ro, tenant_human, tenant_public '
        'USING (%2$I = (SELECT tenancy.current_tenant())) '
        'WITH CHECK (%2$I = (SELECT tenancy.current_tenant()))', t, col);
    EXECUTE format('CREATE POLICY tenant_access ON %1$s AS PERMISSIVE FOR ALL '
        'TO tenant_rw, tenant_ro '
        'USING (%2$I = (SELECT current_setting(''app.tenant_id'')::uuid)) '
        'WITH CHECK (%2$I = (SELECT current_setting(''app.tenant_id'')::uuid))', t, col);
    EXECUTE format('CREATE POLICY platform_access ON %s AS PERMISSIVE FOR ALL '
        'TO platform USING (true) WITH CHECK (true)', t);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, tenant_rw, tenant_ro, tenant_human, '
        'tenant_public, platform', t);
    IF NOT (SELECT relispartition FROM pg_class WHERE oid = t) THEN
        IF insert_only THEN
            EXECUTE format('GRANT SELECT, INSERT ON %s TO tenant_rw, platform', t);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO tenant_rw, platform', t);
        END IF;
        EXECUTE format('GRANT SELECT ON %s TO tenant_ro', t);
    END IF;
    IF human IS NOT NULL OR published IS NOT NULL THEN
        own := concat_ws(' OR ',
            CASE WHEN human IS NOT NULL THEN
                format('%I = (SELECT current_setting(''app.human_id'')::uuid)', human) END,
            CASE WHEN published IS NOT NULL THEN format('%I', published) END);
        EXECUTE format('CREATE POLICY human_access ON %s AS PERMISSIVE FOR SELECT '
            'TO tenant_human USING (%s)', t, own);
        EXECUTE format('GRANT SELECT ON %s TO tenant_human', t);
    END IF;
    IF published IS NOT NULL THEN
        EXECUTE format('CREATE POLICY public_access ON %s AS PERMISSIVE FOR SELECT '
            'TO tenant_public USING (%I)', t, published);
        EXECUTE format('GRANT SELECT ON %s TO tenant_public', t);
    END IF;
    EXECUTE format('DROP TRIGGER IF EXISTS record_change ON %s', t);
    IF audited THEN
        EXECUTE format('CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION tenancy.record_change(%L)', t, col);
    END IF;
    INSERT INTO tenancy.protected AS r VALUES (t, col, human, published, audited, insert_only)
        ON CONFLICT (relid) DO UPDATE SET (col, human, published, audited, insert_only) =
            (excluded.col, excluded.human, excluded.published, excluded.audited, excluded.insert_only);
    FOR c IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = t LOOP
        PERFORM tenancy.protect(c, col, human, published, audited, insert_only);
    END LOOP;
END $f$;

GRANT EXECUTE ON FUNCTION tenancy.current_tenant() TO tenant_rw, tenant_ro, tenant_human, tenant_public;
GRANT EXECUTE ON FUNCTION tenancy.enter(uuid, uuid, uuid, text, text)
    TO tenant_rw, tenant_ro, tenant_human, tenant_public;
GRANT EXECUTE ON FUNCTION tenancy.enter_platform(uuid, text) TO platform;
GRANT EXECUTE ON FUNCTION tenancy.end_logins(uuid) TO tenant_rw;

INSERT INTO tenancy.definer_functions VALUES
    ('tenancy.current_tenant()', '{tenant_rw,tenant_ro,tenant_human,tenant_public}',
     'verifies the signature with keys that no tenant role may read'),
    ('tenancy.enter(uuid, uuid, uuid, text, text)', '{tenant_rw,tenant_ro,tenant_human,tenant_public}',
     'asks whether the login and the tenant are live; returns nothing'),
    ('tenancy.end_logins(uuid)', '{tenant_rw}',
     'ends sessions of the caller''s own tenant, in a table that no tenant role may read');
