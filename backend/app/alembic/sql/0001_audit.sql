-- What is wrong with the boundary, as rows. Empty, or nobody serves from this database.

CREATE FUNCTION tenancy.findings() RETURNS TABLE (code text, object text, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $f$
WITH
-- The roles of requests: what they can reach, a tenant can reach.
tenants_role(role) AS (VALUES ('tenant_rw'), ('tenant_ro'), ('tenant_human'), ('tenant_public'), ('app_login')),
runtime_role(role) AS (SELECT role FROM tenants_role UNION ALL VALUES ('platform'), ('platform_login')),
our_role(role) AS (SELECT role FROM runtime_role UNION ALL VALUES ('app_owner'), ('app_migrator')),
may_become(login, role) AS (
    VALUES ('app_login', 'tenant_rw'), ('app_login', 'tenant_ro'), ('app_login', 'tenant_human'),
           ('app_login', 'tenant_public'), ('platform_login', 'platform'),
           ('app_migrator', 'app_owner'), ('app_migrator', 'platform')),
user_schema AS (SELECT * FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'),
rel AS (SELECT c.*, n.nspname, c.oid::regclass AS r FROM pg_class c JOIN user_schema n ON n.oid = c.relnamespace),
func AS (SELECT p.*, p.oid::regprocedure::text AS signature, p.proowner::regrole::text AS owner
           FROM pg_proc p JOIN user_schema n ON n.oid = p.pronamespace),
known AS (SELECT relid FROM tenancy.protected UNION ALL SELECT relid FROM tenancy.global_tables),
p AS (SELECT t.*, c.r, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
        FROM tenancy.protected t JOIN rel c ON c.oid = t.relid),
-- Policies and grants, as they should be and as they are.
policy_wanted AS (SELECT p.relid, w.* FROM p, LATERAL tenancy.policies_of(p.relid) w),
policy_found AS (
    SELECT polrelid AS relid, polname AS name, polpermissive AS permissive, polcmd AS command,
           ARRAY(SELECT coalesce(rolname, 'public') FROM unnest(polroles) u LEFT JOIN pg_roles ON pg_roles.oid = u
                  ORDER BY 1)::name[] AS roles,
           pg_get_expr(polqual, polrelid) AS visible, pg_get_expr(polwithcheck, polrelid) AS writable
      FROM pg_policy WHERE polrelid IN (SELECT relid FROM tenancy.protected)),
grant_wanted AS (SELECT k.relid, w.* FROM known k, LATERAL tenancy.rights_of(k.relid) w),
acl(relid, grantee, privilege, col) AS (
    SELECT rel.oid, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, g.privilege_type, NULL::name
      FROM rel, aclexplode(relacl) g WHERE g.grantee <> relowner
    UNION ALL
    SELECT rel.oid, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, g.privilege_type, attname
      FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid, aclexplode(attacl) g WHERE g.grantee <> relowner)

SELECT 'T01 table neither protected nor registered as global', r::text, nspname FROM rel
 WHERE relkind IN ('r', 'p', 'f') AND nspname <> 'tenancy' AND oid NOT IN (SELECT relid FROM known)
UNION ALL
SELECT 'T02 row-level security is off', r::text, '' FROM p WHERE NOT relrowsecurity
UNION ALL
SELECT 'T03 row-level security is not forced', r::text, '' FROM p WHERE NOT relforcerowsecurity
UNION ALL
SELECT 'T04 policy is missing or altered', p.r::text, w.name FROM policy_wanted w JOIN p USING (relid)
 WHERE NOT EXISTS (SELECT FROM policy_found f WHERE f.relid = w.relid AND f.name = w.name AND ROW(f.*) IS NOT DISTINCT FROM ROW(w.*))
UNION ALL
SELECT 'T05 unexpected policy', p.r::text, f.name FROM policy_found f JOIN p USING (relid)
 WHERE NOT EXISTS (SELECT FROM policy_wanted w WHERE w.relid = f.relid AND w.name = f.name)
UNION ALL
SELECT 'T06 owned by another than app_owner', r::text, relowner::regrole::text FROM rel
 WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND nspname IN ('app', 'tenancy', 'jobs')
   AND relowner <> to_regrole('app_owner')
UNION ALL
SELECT 'T07 unexpected grant on a table', rel.r::text, concat_ws(' ', a.grantee, a.privilege, a.col)
  FROM acl a JOIN rel ON rel.oid = a.relid WHERE relkind IN ('r', 'p', 'f')
   AND NOT EXISTS (SELECT FROM grant_wanted w WHERE (w.relid, w.grantee, w.privilege) = (a.relid, a.grantee::name, a.privilege)
                      AND w.col IS NOT DISTINCT FROM a.col)
   AND NOT (nspname = 'tenancy' AND relname <> 'keys' AND a.grantee = 'platform' AND a.privilege = 'SELECT')
UNION ALL
SELECT 'T08 grant is missing', rel.r::text, concat_ws(' ', w.grantee, w.privilege, w.col)
  FROM grant_wanted w JOIN rel ON rel.oid = w.relid
 WHERE NOT EXISTS (SELECT FROM acl a WHERE (a.relid, a.grantee::name, a.privilege) = (w.relid, w.grantee, w.privilege)
                      AND a.col IS NOT DISTINCT FROM w.col)
UNION ALL
SELECT 'T09 tenant column is not a uuid NOT NULL', r::text, p.col::text FROM p
 WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = p.relid AND a.attname = p.col AND a.attnotnull AND a.atttypid = 'uuid'::regtype)
UNION ALL
SELECT 'T10 changes are not recorded', k.relid::text, '' FROM
    (SELECT relid, audited FROM tenancy.protected UNION ALL SELECT relid, audited FROM tenancy.global_tables) k
 WHERE audited AND relid IN (SELECT oid FROM rel)
   AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = k.relid AND g.tgname = 'record_change'
                      AND g.tgfoid = to_regprocedure('tenancy.record_change()') AND g.tgtype = 29 AND g.tgqual IS NULL)
UNION ALL
SELECT 'T11 rewrite rule on a table', rel.r::text, w.rulename FROM pg_rewrite w JOIN rel ON rel.oid = w.ev_class WHERE rel.relkind IN ('r', 'p')
UNION ALL
SELECT 'T12 trigger is disabled', rel.r::text, g.tgname FROM pg_trigger g JOIN rel ON rel.oid = g.tgrelid WHERE g.tgenabled NOT IN ('O', 'A')
UNION ALL
SELECT 'V01 view without security_invoker', r::text, '' FROM rel
 WHERE relkind = 'v' AND NOT EXISTS (SELECT FROM unnest(reloptions) o WHERE o ~ '^security_invoker=(true|on|yes|1)$')
UNION ALL
SELECT 'V02 materialized or foreign rows within reach of tenants', r::text, role FROM rel, tenants_role
 WHERE relkind IN ('m', 'f') AND (has_table_privilege(role, rel.oid, 'SELECT') OR has_any_column_privilege(role, rel.oid, 'SELECT'))
UNION ALL
SELECT 'V03 unexpected grant on a view', rel.r::text, concat_ws(' ', a.grantee, a.privilege) FROM acl a JOIN rel ON rel.oid = a.relid
 WHERE relkind IN ('v', 'm') AND (a.grantee NOT IN (SELECT role FROM runtime_role)
                           OR a.privilege NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                           OR (nspname <> 'app' AND a.grantee <> 'platform'))
UNION ALL
SELECT 'F01 untrusted SECURITY DEFINER function within reach of tenants', signature, string_agg(role, ', ') FROM func, tenants_role
 WHERE prosecdef AND has_function_privilege(role, func.oid, 'EXECUTE')
   AND NOT EXISTS (SELECT FROM tenancy.trusted_functions t WHERE t.signature = func.signature AND role = ANY (t.roles))
 GROUP BY signature
UNION ALL
SELECT 'F02 SECURITY DEFINER function whose search_path does not end in pg_temp', signature, '' FROM func
 WHERE prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) s WHERE s ~ '^search_path=.*pg_temp"?$')
UNION ALL
SELECT 'F03 user-made LEAKPROOF function', signature, '' FROM func WHERE proleakproof
UNION ALL
SELECT 'F04 IMMUTABLE function that reads a setting', signature, '' FROM func WHERE provolatile = 'i' AND prosrc ~* 'current_setting'
UNION ALL
SELECT 'F05 SECURITY DEFINER trigger on a table of tenants', p.r::text, f.signature
  FROM p JOIN pg_trigger g ON g.tgrelid = p.relid AND NOT g.tgisinternal JOIN func f ON f.oid = g.tgfoid WHERE f.prosecdef
UNION ALL
SELECT 'F06 function that everybody may execute', signature, '' FROM func, aclexplode(coalesce(proacl, acldefault('f', proowner))) g
 WHERE g.grantee = 0 AND pronamespace::regnamespace::text IN ('app', 'tenancy', 'jobs')
UNION ALL
SELECT 'F07 trusted function is missing or altered', t.signature, '' FROM tenancy.trusted_functions t
 WHERE t.digest IS DISTINCT FROM tenancy.digest_of(to_regprocedure(t.signature))
UNION ALL
SELECT 'F08 function owned by another than app_owner', signature, owner FROM func
 WHERE pronamespace::regnamespace::text IN ('app', 'tenancy', 'jobs') AND owner <> 'app_owner'
   AND NOT (prorettype = 'event_trigger'::regtype AND (SELECT rolsuper FROM pg_roles WHERE oid = proowner))
UNION ALL
SELECT 'K01 foreign key between tables of tenants without the tenant', c.conrelid::regclass::text, c.conname
  FROM pg_constraint c JOIN p child ON child.relid = c.conrelid JOIN p parent ON parent.relid = c.confrelid
 WHERE contype = 'f' AND conparentid = 0 AND NOT EXISTS (
        SELECT FROM unnest(c.conkey, c.confkey) AS pair(a, b)
          JOIN pg_attribute x ON x.attrelid = c.conrelid AND x.attnum = pair.a
          JOIN pg_attribute y ON y.attrelid = c.confrelid AND y.attnum = pair.b
         WHERE x.attname = child.col AND y.attname = parent.col)
UNION ALL
SELECT 'K02 unique key without the tenant', p.r::text, indexrelid::regclass::text FROM pg_index i JOIN p ON p.relid = i.indrelid
 WHERE (indisunique OR indisexclusion)
   AND NOT EXISTS (SELECT FROM unnest(indkey::int2[]) WITH ORDINALITY k(attnum, at) JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.attnum
                    WHERE a.attname = p.col AND k.at <= indnkeyatts)
   -- A key that tenants can neither insert nor change tells them nothing.
   AND (has_table_privilege('tenant_rw', indrelid, 'INSERT') OR has_any_column_privilege('tenant_rw', indrelid, 'INSERT') OR 0 = ANY (indkey)
        OR EXISTS (SELECT FROM unnest(indkey::int2[]) k(attnum) WHERE attnum > 0 AND has_column_privilege('tenant_rw', indrelid, attnum, 'UPDATE')))
UNION ALL
SELECT 'K03 no index led by the tenant', r::text, '' FROM p
 WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = p.relid AND a.attname = p.col AND i.indpred IS NULL)
UNION ALL
SELECT DISTINCT 'K04 indexed column whose equality is not leakproof', p.r::text, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
  FROM p JOIN pg_index i ON i.indrelid = p.relid, unnest(i.indkey::int2[], i.indclass::oid[]) AS k(attnum, opclass)
  JOIN pg_opclass oc ON oc.oid = k.opclass JOIN pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
  JOIN pg_amop o ON o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype AND o.amoprighttype = oc.opcintype AND o.amopstrategy = 3
  JOIN pg_operator op ON op.oid = o.amopopr JOIN pg_proc f ON f.oid = op.oprcode, pg_attribute a
 WHERE a.attrelid = p.relid AND a.attnum = k.attnum AND NOT f.proleakproof
UNION ALL
SELECT 'K05 foreign key from a table of tenants to a global one', conrelid::regclass::text, conname FROM pg_constraint
 WHERE contype = 'f' AND conrelid IN (SELECT relid FROM tenancy.protected) AND confrelid IN (SELECT relid FROM tenancy.global_tables)
UNION ALL
SELECT 'R01 role with an attribute it must not have', rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
       CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END)
  FROM pg_roles JOIN our_role ON role = rolname WHERE rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
UNION ALL
SELECT 'R02 login that inherits its roles', rolname, '' FROM pg_roles WHERE rolname IN (SELECT login FROM may_become) AND rolinherit
UNION ALL
SELECT 'R03 login that inherits a role', m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m
 WHERE m.member::regrole::text IN (SELECT login FROM may_become) AND to_jsonb(m) ->> 'inherit_option' = 'true'
UNION ALL
SELECT 'R04 role that is a member of another', m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m
 WHERE m.member::regrole::text IN (SELECT role FROM our_role)
   AND (m.member::regrole::text, m.roleid::regrole::text) NOT IN (SELECT login, role FROM may_become)
UNION ALL
-- Whoever may make roles is their administrator by definition; a server of one's own has none.
SELECT 'R05 stranger who is a member of a role of ours', m.member::regrole::text, m.roleid::regrole::text
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
 WHERE m.roleid::regrole::text IN (SELECT role FROM our_role) AND NOT r.rolsuper AND NOT r.rolcreaterole
   AND m.member::regrole::text NOT IN (SELECT role FROM our_role)
UNION ALL
SELECT 'R06 CREATE or TEMPORARY is available', role, 'database ' || current_database() FROM runtime_role
 WHERE has_database_privilege(role, current_database(), 'CREATE, TEMPORARY')
UNION ALL
SELECT 'R06 CREATE or TEMPORARY is available', role, 'schema ' || nspname FROM runtime_role, user_schema WHERE has_schema_privilege(role, user_schema.oid, 'CREATE')
UNION ALL
SELECT 'R07 setting that presets a context', coalesce(nullif(setrole, 0)::regrole::text, 'database'), entry FROM pg_db_role_setting, unnest(setconfig) entry
 WHERE entry ~* '^(app\.|role=|session_authorization=)' AND (setdatabase = 0 OR setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT 'R08 login with rights of its own', rel.r::text, a.grantee || ' ' || a.privilege FROM acl a JOIN rel ON rel.oid = a.relid WHERE a.grantee IN (SELECT login FROM may_become)
UNION ALL
SELECT 'R08 login with rights of its own', signature, g.grantee::regrole::text || ' EXECUTE' FROM func, aclexplode(proacl) g WHERE g.grantee <> 0 AND g.grantee::regrole::text IN (SELECT login FROM may_become)
UNION ALL
SELECT 'R09 role of requests that can log in', rolname, '' FROM pg_roles
 WHERE rolname IN ('app_owner', 'tenant_rw', 'tenant_ro', 'tenant_human', 'tenant_public', 'platform') AND rolcanlogin
UNION ALL
SELECT 'N01 schema within reach of tenants', nspname, role FROM user_schema, tenants_role
 WHERE has_schema_privilege(role, user_schema.oid, 'USAGE') AND (nspname NOT IN ('app', 'tenancy') OR role = 'app_login')
UNION ALL
SELECT 'N02 schema owned by another than app_owner', nspname, nspowner::regrole::text FROM user_schema WHERE nspname IN ('app', 'tenancy', 'jobs') AND nspowner <> to_regrole('app_owner')
UNION ALL
SELECT 'D01 new functions are open to everybody', 'app_owner', 'default privileges' WHERE NOT EXISTS (
    SELECT FROM pg_default_acl WHERE defaclrole = to_regrole('app_owner') AND defaclnamespace = 0 AND defaclobjtype = 'f')
UNION ALL
SELECT 'D02 default privileges give rights away', defaclrole::regrole::text, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END || ' ' || g.privilege_type
  FROM pg_default_acl, aclexplode(defaclacl) g WHERE g.grantee = 0 OR g.grantee::regrole::text IN (SELECT role FROM runtime_role)
UNION ALL
SELECT 'S01 sequence within reach of tenants', r::text, role FROM rel, tenants_role WHERE relkind = 'S' AND has_sequence_privilege(role, rel.oid, 'SELECT, USAGE, UPDATE')
UNION ALL
SELECT 'P01 publication', pubname, '' FROM pg_publication
UNION ALL
SELECT 'X01 foreign server', srvname, '' FROM pg_foreign_server
UNION ALL
SELECT 'X02 untrusted language', lanname, '' FROM pg_language WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')
UNION ALL
SELECT 'X03 extension that reaches outside', extname, '' FROM pg_extension WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'pg_cron')
UNION ALL
SELECT 'L01 large object', oid::text, '' FROM pg_largeobject_metadata
$f$;

CREATE VIEW tenancy.audit WITH (security_invoker = true) AS
    SELECT code, object, detail FROM tenancy.findings() ORDER BY code, object, detail;
GRANT SELECT ON tenancy.audit TO platform;

SELECT tenancy.trust('tenancy.findings()', '{platform}', 'says what is wrong');
