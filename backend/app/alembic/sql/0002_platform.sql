-- What is particular to the platform's own tables. Runs as app_owner; frozen once released.

-- Row-level security holds every role but the owner, which cannot log in: the SECURITY
-- DEFINER function tenancy.enter has to read the status of whatever tenant it is given.
ALTER TABLE app.tenants NO FORCE ROW LEVEL SECURITY;

-- A tenant's staff change how their organisation looks; status and slug are the platform's.
REVOKE INSERT, UPDATE, DELETE ON app.tenants FROM tenant_rw;
GRANT UPDATE (name, sender_email, sender_name, image_url, icon_url, default_currency,
              default_timezone, updated_at) ON app.tenants TO tenant_rw;

CREATE FUNCTION tenancy.keep_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    RAISE EXCEPTION 'the slug of a tenant never changes' USING ERRCODE = '23514';
END $f$;
CREATE TRIGGER keep_slug BEFORE UPDATE ON app.tenants
    FOR EACH ROW WHEN (NEW.slug IS DISTINCT FROM OLD.slug OR NEW.id IS DISTINCT FROM OLD.id)
    EXECUTE FUNCTION tenancy.keep_slug();

REVOKE UPDATE, DELETE ON app.platform_audit_log FROM platform;

CREATE FUNCTION tenancy.record_platform_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    INSERT INTO app.platform_audit_log (id, actor, action, table_name, row_id, changes)
    VALUES (gen_random_uuid(),
            coalesce(nullif(current_setting('app.actor', true), ''), 'session:' || session_user),
            lower(TG_OP), TG_TABLE_NAME, coalesce(NEW.id, OLD.id),
            CASE TG_OP WHEN 'INSERT' THEN NULL WHEN 'DELETE' THEN to_jsonb(OLD)
                 ELSE jsonb_build_array(to_jsonb(OLD), to_jsonb(NEW)) END);
    RETURN NULL;
END $f$;
CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON app.operators
    FOR EACH ROW EXECUTE FUNCTION tenancy.record_platform_change();

-- The health check compares the schema's revision with the code's.
GRANT SELECT ON tenancy.alembic_version TO platform;
