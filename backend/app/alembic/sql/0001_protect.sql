-- The only source of policies and grants: a table nobody protected is "permission denied".

-- The policies a protected table has, each expression exactly as Postgres prints it, so that
-- the one text both makes a policy and recognises it.
CREATE FUNCTION tenancy.policies_of(t regclass)
RETURNS TABLE (name name, permissive boolean, command "char", roles name[], visible text, writable text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH p AS (SELECT * FROM tenancy.protected WHERE relid = t),
    human_sees AS (
        SELECT CASE
            WHEN human IS NULL THEN quote_ident(published)
            WHEN published IS NULL
            THEN format('(%I = ( SELECT tenancy.current_human() AS current_human))', human)
            ELSE format('(%I OR (%I = ( SELECT tenancy.current_human() AS current_human)))',
                        published, human)
        END AS expression
        FROM p WHERE human IS NOT NULL OR published IS NOT NULL
    )
    -- One floor for each role, since each demands the signature of its own role.
    SELECT floor.name::name, false, '*'::"char", ARRAY[floor.role]::name[], text.expression, text.expression
      FROM p, (VALUES ('tenant_floor', 'tenant_rw'), ('reader_floor', 'tenant_ro'),
                      ('human_floor', 'tenant_human'), ('public_floor', 'tenant_public')
              ) AS floor (name, role),
           LATERAL (SELECT format('(%I = ( SELECT tenancy.current_tenant(%L::text) AS current_tenant))',
                                  col, floor.role) AS expression) AS text
    UNION ALL
    SELECT 'tenant_access', true, '*', ARRAY['tenant_ro', 'tenant_rw']::name[],
           text.expression, text.expression
      FROM p, LATERAL (SELECT format('(%I = ( SELECT (current_setting(''app.tenant_id''::text))::uuid'
                                     ' AS current_setting))', col) AS expression) AS text
    UNION ALL
    SELECT 'human_access', true, 'r', ARRAY['tenant_human']::name[], expression, NULL FROM human_sees
    UNION ALL
    SELECT 'public_access', true, 'r', ARRAY['tenant_public']::name[], quote_ident(published), NULL
      FROM p WHERE published IS NOT NULL
    UNION ALL
    SELECT 'platform_access', true, '*', ARRAY['platform']::name[], 'true', 'true' FROM p
    UNION ALL
    -- tenancy.enter() runs as the owner, who is held to the policies like everybody else.
    SELECT 'enter_reads', true, 'r', ARRAY['app_owner']::name[], 'true', NULL
      FROM p WHERE t = to_regclass('app.tenants')
    UNION ALL
    -- What a foreign key cascades is done as the owner, and since PostgreSQL 18 so are the
    -- triggers of it: they record it like any other change.
    SELECT 'cascades_record', true, 'a', ARRAY['app_owner']::name[], NULL, 'true'
      FROM p WHERE t = to_regclass('app.audit_log')
    UNION ALL
    -- Rows that no role of the application changes: functions of the owner do, for the
    -- tenant whose signed transaction calls them.
    SELECT 'function_access', true, '*', ARRAY['app_owner']::name[], text.expression, text.expression
      FROM p, LATERAL (SELECT format('(%I = ( SELECT tenancy.current_tenant(%L::text) AS current_tenant))',
                                     col, 'tenant_rw') AS expression) AS text
     WHERE editable = '{}';
END $f$;

-- The rights each role has on a table; none on a partition, which is reached by its parent.
CREATE FUNCTION tenancy.rights_of(t regclass)
RETURNS TABLE (grantee name, privilege text, col name)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $f$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH p AS (
        SELECT * FROM tenancy.protected
         WHERE relid = t AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = t)
    ),
    adding AS (SELECT unnest(ARRAY['SELECT', 'INSERT']) AS privilege),
    changing AS (SELECT unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege)
    SELECT role::name, privilege, NULL::name
      FROM p, adding, unnest(ARRAY['tenant_rw', 'platform']) AS role WHERE insert_only
    UNION ALL
    SELECT 'platform', privilege, NULL FROM p, changing WHERE NOT insert_only
    UNION ALL
    SELECT 'tenant_rw', privilege, NULL FROM p, changing WHERE NOT insert_only AND editable IS NULL
    UNION ALL
    SELECT 'tenant_rw', 'SELECT', NULL FROM p WHERE NOT insert_only AND editable IS NOT NULL
    UNION ALL
    SELECT 'tenant_rw', 'UPDATE', unnest(editable) FROM p WHERE NOT insert_only
    UNION ALL
    SELECT 'tenant_ro', 'SELECT', NULL FROM p
    UNION ALL
    SELECT 'tenant_human', 'SELECT', NULL FROM p WHERE human IS NOT NULL OR published IS NOT NULL
    UNION ALL
    SELECT 'tenant_public', 'SELECT', NULL FROM p WHERE published IS NOT NULL
    UNION ALL
    SELECT 'platform', privilege, NULL
      FROM tenancy.global_tables g, changing WHERE g.relid = t AND NOT g.insert_only
    UNION ALL
    SELECT 'platform', privilege, NULL
      FROM tenancy.global_tables g, adding WHERE g.relid = t AND g.insert_only;
END $f$;

CREATE FUNCTION tenancy.set_rights(t regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    it record;
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, tenant_rw, tenant_ro, tenant_human, tenant_public,'
                   ' platform', t);
    FOR it IN SELECT * FROM tenancy.rights_of(t) LOOP
        EXECUTE format('GRANT %s %s ON %s TO %I', it.privilege,
                       coalesce('(' || quote_ident(it.col) || ')', ''), t, it.grantee);
    END LOOP;
END $f$;

CREATE FUNCTION tenancy.set_recording(t regclass, audited boolean, argument text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF (SELECT relispartition FROM pg_class WHERE oid = t) THEN
        RETURN;  -- a partition has its parent's triggers
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t AND tgname = 'record_change') THEN
        EXECUTE format('DROP TRIGGER record_change ON %s', t);
    END IF;
    IF NOT audited THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attname = 'id'
                      AND atttypid = 'uuid'::regtype AND NOT attisdropped) THEN
        RAISE EXCEPTION 'table % has no uuid column id for the audit log to name', t
            USING HINT = 'Give it one, or protect it with audited => false.';
    END IF;
    EXECUTE format('CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON %s'
                   ' FOR EACH ROW EXECUTE FUNCTION tenancy.record_change(%s)', t, argument);
END $f$;

-- Let each role do with a table of tenants what it should, and nothing else.
--
-- human: the column with the human a row belongs to, who may read it. published: the boolean
-- column that lets every human and the public read a row. insert_only: rows are added and
-- never changed. editable: the platform makes the rows, and tenants change these columns;
-- with an empty list nobody does but functions of the owner, within the caller's tenant.
CREATE FUNCTION tenancy.protect(
    t regclass, col name DEFAULT 'tenant_id', human name DEFAULT NULL, published name DEFAULT NULL,
    audited boolean DEFAULT true, insert_only boolean DEFAULT false, editable name[] DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT * FROM (VALUES (protect.col, 'uuid'::regtype, true), (protect.human, 'uuid', false),
                                    (protect.published, 'boolean', false)) AS v (name, type, required)
               WHERE v.name IS NOT NULL LOOP
        IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t AND a.attname = it.name
                          AND a.atttypid = it.type AND (a.attnotnull OR NOT it.required)) THEN
            RAISE EXCEPTION 'table % has no % column % of type %', t,
                CASE WHEN it.required THEN 'NOT NULL' ELSE '' END, it.name, it.type;
        END IF;
    END LOOP;
    INSERT INTO tenancy.protected AS p
    VALUES (t, protect.col, protect.human, protect.published, protect.audited, protect.insert_only,
            protect.editable)
    ON CONFLICT (relid) DO UPDATE
       SET (col, human, published, audited, insert_only, editable) = (excluded.col, excluded.human,
            excluded.published, excluded.audited, excluded.insert_only, excluded.editable);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
    FOR it IN SELECT polname FROM pg_policy WHERE polrelid = t LOOP
        EXECUTE format('DROP POLICY %I ON %s', it.polname, t);
    END LOOP;
    FOR it IN SELECT * FROM tenancy.policies_of(t) LOOP
        EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', it.name, t,
            CASE WHEN it.permissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE it.command WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' ELSE 'ALL' END,
            array_to_string(it.roles, ', '), coalesce(' USING (' || it.visible || ')', ''),
            coalesce(' WITH CHECK (' || it.writable || ')', ''));
    END LOOP;
    PERFORM tenancy.set_rights(t);
    PERFORM tenancy.set_recording(t, protect.audited, quote_literal(protect.col));
    FOR it IN SELECT inhrelid::regclass AS child FROM pg_inherits WHERE inhparent = t LOOP
        PERFORM tenancy.protect(it.child, protect.col, protect.human, protect.published,
                                protect.audited, protect.insert_only, protect.editable);
    END LOOP;
END $f$;

-- Put a table without a tenant on the allow-list: the platform alone reaches it.
CREATE FUNCTION tenancy.register_global(
    t regclass, reason text, audited boolean DEFAULT false, insert_only boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    DELETE FROM tenancy.protected p WHERE p.relid = t;
    INSERT INTO tenancy.global_tables AS g
    VALUES (t, register_global.reason, register_global.audited, register_global.insert_only)
    ON CONFLICT (relid) DO UPDATE SET (reason, audited, insert_only)
       = (excluded.reason, excluded.audited, excluded.insert_only);
    PERFORM tenancy.set_rights(t);
    PERFORM tenancy.set_recording(t, register_global.audited, '');
END $f$;

-- Forget tables and functions that are gone: Postgres may give a table's number to another.
CREATE FUNCTION tenancy.forget_dropped() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $f$
    DELETE FROM tenancy.protected p WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relid);
    DELETE FROM tenancy.global_tables g WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = g.relid);
    DELETE FROM tenancy.trusted_functions f WHERE to_regprocedure(f.signature) IS NULL;
$f$;

SELECT tenancy.trust('tenancy.policies_of(regclass)', '{platform}', 'says what every policy is'),
       tenancy.trust('tenancy.rights_of(regclass)', '{platform}', 'says what every grant is');
