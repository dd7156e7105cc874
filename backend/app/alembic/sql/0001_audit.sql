-- What would let one tenant reach another's rows, one line for each finding; empty when all
-- is well. Selected before a migration commits, before the application serves, and by
-- `edgeos audit`. Runs as app_owner; frozen once released.

CREATE VIEW tenancy.audit WITH (security_invoker = true) AS
WITH
tenant_role (name) AS (
    VALUES ('tenant_rw'), ('tenant_ro'), ('tenant_human'), ('tenant_public')
),
rel AS (
    SELECT c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relacl,
           c.reloptions, c.relispartition, n.nspname, c.oid::regclass AS r
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'jobs')
       AND n.nspname !~ '^pg_(temp|toast)'
),
tbl AS (
    SELECT rel.*, coalesce(p.col, 'tenant_id') AS col, p.human, p.published,
           coalesce(p.audited, true) AS audited, coalesce(p.insert_only, false) AS insert_only
      FROM rel LEFT JOIN tenancy.protected p ON p.relid = rel.oid
     WHERE rel.relkind IN ('r', 'p', 'f') AND rel.nspname <> 'tenancy'
       AND rel.oid NOT IN (SELECT relid FROM tenancy.global_tables)
),
wanted AS (
    SELECT t.oid, t.r, w.*
      FROM tbl t CROSS JOIN LATERAL (VALUES
        ('tenant_floor', false, '*', ARRAY['tenant_human', 'tenant_public', 'tenant_ro', 'tenant_rw'],
         format('(%I = ( SELECT tenancy.current_tenant() AS current_tenant))', t.col), true),
        ('tenant_access', true, '*', ARRAY['tenant_ro', 'tenant_rw'],
         format('(%I = ( SELECT (current_setting(''app.tenant_id''::text))::uuid AS current_setting))',
                t.col), true),
        ('platform_access', true, '*', ARRAY['platform'], 'true', true),
        ('human_access', true, 'r', ARRAY['tenant_human'], CASE
            WHEN t.human IS NOT NULL AND t.published IS NOT NULL THEN
                format('((%I = ( SELECT (current_setting(''app.human_id''::text))::uuid AS current_setting)) OR %I)',
                       t.human, t.published)
            WHEN t.human IS NOT NULL THEN
                format('(%I = ( SELECT (current_setting(''app.human_id''::text))::uuid AS current_setting))',
                       t.human)
            ELSE t.published::text END, false),
        ('public_access', true, 'r', ARRAY['tenant_public'], t.published::text, false)
      ) w (polname, polpermissive, polcmd, roles, condition, is_checked)
     WHERE w.condition IS NOT NULL
),
policy AS (
    SELECT p.polrelid, p.polname::text, p.polpermissive, p.polcmd::text,
           ARRAY(SELECT x.oid::regrole::text FROM unnest(p.polroles) x (oid)
                 ORDER BY x.oid::regrole::text) AS roles,
           pg_get_expr(p.polqual, p.polrelid) AS condition,
           pg_get_expr(p.polwithcheck, p.polrelid) AS checked
      FROM pg_catalog.pg_policy p
),
grants AS (
    SELECT rel.oid, rel.r, rel.nspname, rel.relkind, rel.relowner,
           CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END AS grantee,
           g.privilege_type
      FROM rel CROSS JOIN LATERAL aclexplode(rel.relacl) g
     WHERE g.grantee <> rel.relowner
),
definer AS (
    SELECT p.oid, p.proconfig, p.oid::regprocedure::text AS signature
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND n.nspname <> 'pg_catalog'
),
v (code, object, detail) AS (
    SELECT 'T01 table without row-level security', r::text, '' FROM tbl WHERE NOT relrowsecurity
    UNION ALL
    SELECT 'T02 table without FORCE ROW LEVEL SECURITY', r::text, '' FROM tbl
     WHERE NOT relforcerowsecurity AND r::text <> 'app.tenants'
    UNION ALL
    SELECT 'T03 no NOT NULL uuid tenant column', r::text, '' FROM tbl t
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = t.oid AND a.attname = t.col AND a.attnotnull
                          AND a.atttypid = 'uuid'::regtype)
    UNION ALL
    SELECT 'T04 policy missing or not as protect() writes it', w.r::text, w.polname FROM wanted w
     WHERE NOT EXISTS (
        SELECT FROM policy p
         WHERE p.polrelid = w.oid AND p.polname = w.polname AND p.polcmd = w.polcmd
           AND p.polpermissive = w.polpermissive AND p.roles = w.roles
           AND p.condition = w.condition
           AND p.checked IS NOT DISTINCT FROM CASE WHEN w.is_checked THEN w.condition END)
    UNION ALL
    SELECT 'T05 unexpected policy', t.r::text, p.polname FROM tbl t JOIN policy p ON p.polrelid = t.oid
     WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.oid = t.oid AND w.polname = p.polname)
    UNION ALL
    SELECT 'T06 relation owned by other than app_owner', r::text, relowner::regrole::text FROM rel
     WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND relowner <> to_regrole('app_owner')
    UNION ALL
    SELECT 'T07 grant that protect() does not give', g.r::text, g.grantee || ' ' || g.privilege_type
      FROM grants g LEFT JOIN tbl t ON t.oid = g.oid
     WHERE g.relkind IN ('r', 'p', 'f') AND g.nspname = 'app' AND NOT CASE
        WHEN t.oid IS NULL THEN g.grantee = 'platform'
             AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        WHEN t.r::text = 'app.tenants' AND g.grantee = 'tenant_rw' THEN g.privilege_type = 'SELECT'
        WHEN g.grantee IN ('tenant_rw', 'platform') THEN g.privilege_type IN ('SELECT', 'INSERT')
             OR (g.privilege_type IN ('UPDATE', 'DELETE') AND NOT t.insert_only)
        WHEN g.grantee = 'tenant_ro' THEN g.privilege_type = 'SELECT'
        WHEN g.grantee = 'tenant_human' THEN g.privilege_type = 'SELECT'
             AND (t.human IS NOT NULL OR t.published IS NOT NULL)
        WHEN g.grantee = 'tenant_public' THEN g.privilege_type = 'SELECT' AND t.published IS NOT NULL
        ELSE false END
    UNION ALL
    SELECT 'T07 grant that protect() does not give', g.r::text, g.grantee || ' ' || g.privilege_type
      FROM grants g
     WHERE g.nspname = 'tenancy' AND NOT (g.grantee = 'platform' AND g.privilege_type = 'SELECT'
                                          AND g.r::text <> 'tenancy.keys')
    UNION ALL
    SELECT 'T08 partition or child granted directly', g.r::text, g.grantee FROM grants g
     WHERE EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = g.oid)
    UNION ALL
    SELECT 'T09 changes are not recorded', t.r::text, '' FROM tbl t
     WHERE t.audited AND t.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_trigger g
         WHERE g.tgrelid = t.oid AND g.tgname = 'record_change' AND g.tgenabled = 'O'
           AND g.tgfoid = to_regprocedure('tenancy.record_change()') AND g.tgtype = 29)
    UNION ALL
    SELECT 'T10 column granted', a.attrelid::regclass::text, a.attname || ' ' || g.grantee::regrole::text
      FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid
           CROSS JOIN LATERAL aclexplode(a.attacl) g
     WHERE NOT (rel.r::text = 'app.tenants' AND g.privilege_type = 'UPDATE'
                AND g.grantee = to_regrole('tenant_rw')
                AND a.attname IN ('name', 'sender_email', 'sender_name', 'image_url', 'icon_url',
                                  'default_currency', 'default_timezone', 'updated_at'))
    UNION ALL
    SELECT 'V01 view without security_invoker', r::text, '' FROM rel
     WHERE relkind = 'v' AND NOT coalesce(
        'security_invoker=true' = ANY (reloptions) OR 'security_invoker=on' = ANY (reloptions), false)
    UNION ALL
    SELECT 'V02 materialized view reachable by a tenant', r::text, t.name FROM rel, tenant_role t
     WHERE relkind = 'm' AND has_table_privilege(t.name, rel.oid, 'SELECT')
    UNION ALL
    SELECT 'V03 view granted to a tenant', g.r::text, g.grantee FROM grants g
     WHERE g.relkind = 'v' AND (g.grantee = 'PUBLIC' OR g.grantee IN (SELECT name FROM tenant_role))
    UNION ALL
    SELECT 'F01 SECURITY DEFINER function reachable by a tenant', d.signature, t.name
      FROM definer d, (SELECT name FROM tenant_role UNION ALL SELECT 'app_login') t
     WHERE has_function_privilege(t.name, d.oid, 'EXECUTE')
       AND NOT EXISTS (SELECT FROM tenancy.definer_functions f
                        WHERE f.function = d.oid AND t.name = ANY (f.roles))
    UNION ALL
    SELECT 'F02 SECURITY DEFINER without a pinned search_path ending in pg_temp', signature, ''
      FROM definer WHERE NOT EXISTS (
        SELECT FROM unnest(proconfig) s WHERE s ~ '^search_path=.*pg_temp$')
    UNION ALL
    SELECT 'F03 LEAKPROOF function', p.oid::regprocedure::text, '' FROM pg_catalog.pg_proc p
     WHERE p.proleakproof AND p.oid >= 16384
    UNION ALL
    SELECT 'F04 IMMUTABLE function that reads a setting', p.oid::regprocedure::text, ''
      FROM pg_catalog.pg_proc p
     WHERE p.provolatile = 'i' AND p.oid >= 16384 AND p.prosrc ILIKE '%current_setting%'
    UNION ALL
    SELECT 'F05 SECURITY DEFINER trigger on a tenant table', t.r::text, p.oid::regprocedure::text
      FROM tbl t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
                 JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid
     WHERE p.prosecdef
    UNION ALL
    SELECT 'F06 rule on a table', c.ev_class::regclass::text, c.rulename
      FROM pg_catalog.pg_rewrite c JOIN tbl t ON t.oid = c.ev_class
    UNION ALL
    SELECT 'K01 foreign key between tenant tables without the tenant', c.conrelid::regclass::text, c.conname
      FROM pg_catalog.pg_constraint c
      JOIN tbl f ON f.oid = c.conrelid JOIN tbl t ON t.oid = c.confrelid
     WHERE c.contype = 'f' AND c.conparentid = 0 AND NOT EXISTS (
        SELECT FROM generate_subscripts(c.conkey, 1) i
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[i]
          JOIN pg_catalog.pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[i]
         WHERE a.attname = f.col AND b.attname = t.col)
    UNION ALL
    SELECT 'K02 unique, primary or exclusion key without the tenant', i.indrelid::regclass::text,
           i.indexrelid::regclass::text
      FROM pg_catalog.pg_index i JOIN tbl t ON t.oid = i.indrelid
     WHERE (i.indisunique OR i.indisexclusion) AND t.r::text <> 'app.tenants' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = t.col)
    UNION ALL
    SELECT 'K03 no index that leads with the tenant', t.r::text, '' FROM tbl t
     WHERE t.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a
            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = t.oid AND a.attname = t.col)
    UNION ALL
    SELECT 'K04 indexed column whose comparison is not leakproof', t.r::text,
           a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      FROM tbl t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
           JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
           JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
     WHERE t.relkind IN ('r', 'p') AND (y.typtype = 'e' OR y.typname = 'numeric')
    UNION ALL
    SELECT 'R01 role with power over row-level security', rolname, '' FROM pg_catalog.pg_roles
     WHERE rolname IN ('app_login', 'tenant_rw', 'tenant_ro', 'tenant_human', 'tenant_public',
                       'platform', 'platform_login', 'app_owner', 'app_migrator')
       AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication OR rolcreatedb)
    UNION ALL
    SELECT 'R02 login that inherits', rolname, '' FROM pg_catalog.pg_roles
     WHERE rolname IN ('app_login', 'platform_login', 'app_migrator') AND rolinherit
    UNION ALL
    SELECT 'R03 login can reach a role', l.name, r.rolname
      FROM (VALUES ('app_login', ARRAY['app_login', 'tenant_rw', 'tenant_ro', 'tenant_human', 'tenant_public']),
                   ('platform_login', ARRAY['platform_login', 'platform'])) l (name, allowed),
           pg_catalog.pg_roles r
     WHERE pg_has_role(l.name, r.oid, 'MEMBER') AND r.rolname <> ALL (l.allowed)
    UNION ALL
    SELECT 'R04 tenant role is a member of another role', m.member::regrole::text, m.roleid::regrole::text
      FROM pg_catalog.pg_auth_members m
     WHERE m.member IN (SELECT to_regrole(name) FROM tenant_role) OR m.member = to_regrole('platform')
    UNION ALL
    SELECT 'R05 TEMP or CREATE available', x.object, x.role FROM (
        SELECT 'database ' || current_database() AS object, t.name AS role
          FROM (SELECT name FROM tenant_role UNION ALL VALUES ('app_login'), ('platform'), ('platform_login')) t
         WHERE has_database_privilege(t.name, current_database(), 'TEMP')
            OR has_database_privilege(t.name, current_database(), 'CREATE')
        UNION ALL
        SELECT 'schema ' || n.nspname, t.name FROM pg_catalog.pg_namespace n,
               (SELECT name FROM tenant_role UNION ALL VALUES ('app_login'), ('platform'), ('platform_login')) t
         WHERE n.nspname !~ '^pg_' AND has_schema_privilege(t.name, n.oid, 'CREATE')
    ) x
    UNION ALL
    SELECT 'R06 default for app.* settings', coalesce(nullif(setrole, 0)::regrole::text, 'all roles'),
           array_to_string(setconfig, ',')
      FROM pg_catalog.pg_db_role_setting WHERE array_to_string(setconfig, ',') ~ '(^|,)(app\.|role=)'
    UNION ALL
    SELECT 'R07 login with rights of its own', g.r::text, g.grantee || ' ' || g.privilege_type
      FROM grants g WHERE g.grantee IN ('app_login', 'platform_login', 'app_migrator', 'PUBLIC')
    UNION ALL
    SELECT 'S01 sequence reachable by a tenant (tells volume)', r::text, t.name FROM rel, tenant_role t
     WHERE relkind = 'S' AND (has_sequence_privilege(t.name, rel.oid, 'SELECT')
                              OR has_sequence_privilege(t.name, rel.oid, 'USAGE'))
    UNION ALL
    SELECT 'S02 schema jobs reachable by a tenant', n.nspname, t.name
      FROM pg_catalog.pg_namespace n, (SELECT name FROM tenant_role UNION ALL VALUES ('app_login')) t
     WHERE n.nspname = 'jobs' AND has_schema_privilege(t.name, n.oid, 'USAGE')
    UNION ALL
    SELECT 'P01 publication exposes tables', pubname, '' FROM pg_catalog.pg_publication
    UNION ALL
    SELECT 'X01 foreign server', srvname, '' FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'X02 untrusted language', lanname, '' FROM pg_catalog.pg_language
     WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')
)
SELECT code, object, detail FROM v;

GRANT SELECT ON tenancy.audit, tenancy.protected, tenancy.global_tables, tenancy.definer_functions
    TO platform;
