-- The audit log: every change of an audited table, written in the transaction of the change.

-- Runs as whoever made the change, so that the log's own policies hold for it. The argument
-- is the tenant's column; without one the change is the platform's.
CREATE FUNCTION tenancy.record_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    who text := coalesce(nullif(current_setting('app.actor', true), ''), 'session:' || session_user);
    touched record;
    changes jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        touched := OLD;
        changes := to_jsonb(OLD);
    ELSE
        touched := NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, jsonb_build_array(was.value, becomes.value))
          INTO changes
          FROM jsonb_each(to_jsonb(OLD)) AS was JOIN jsonb_each(to_jsonb(NEW)) AS becomes USING (key)
         WHERE was.value IS DISTINCT FROM becomes.value AND key <> 'updated_at';
        IF changes IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_NARGS = 0 THEN
        INSERT INTO app.platform_audit_log (id, at, actor, action, table_name, row_id, changes)
        VALUES (tenancy.new_id(), clock_timestamp(), who, lower(TG_OP), TG_TABLE_NAME, touched.id, changes);
    ELSIF TG_ARGV[0] = 'id' THEN
        INSERT INTO app.audit_log (tenant_id, id, at, actor, action, table_name, row_id, changes)
        VALUES (touched.id, tenancy.new_id(), clock_timestamp(), who, lower(TG_OP), TG_TABLE_NAME, touched.id, changes);
    ELSE
        INSERT INTO app.audit_log (tenant_id, id, at, actor, action, table_name, row_id, changes)
        VALUES (touched.tenant_id, tenancy.new_id(), clock_timestamp(), who, lower(TG_OP), TG_TABLE_NAME, touched.id,
                changes);
    END IF;
    RETURN NULL;
END $f$;

-- Refuse to change the columns a trigger names (CREATE TRIGGER ... BEFORE UPDATE OF ...). The
-- trigger's name is the constraint's, so that the refusal can be told from others.
CREATE FUNCTION tenancy.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    RAISE EXCEPTION '% of % never changes', TG_ARGV[0], TG_TABLE_NAME
        USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END $f$;

SELECT tenancy.trust('tenancy.record_change()', '{}', 'writes the audit log'),
       tenancy.trust('tenancy.refuse_change()', '{}', 'holds what never changes');
