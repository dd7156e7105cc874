-- What a provider told is kept as it was told, until the platform forgets it for its age.
-- Runs as app_owner; frozen once released.

CREATE FUNCTION tenancy.keep_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF TG_OP = 'UPDATE' OR current_user <> 'platform' THEN
        RAISE EXCEPTION 'what a provider told is kept as it was told' USING ERRCODE = '42501';
    END IF;
    RETURN OLD;
END $f$;

CREATE TRIGGER keep_events BEFORE UPDATE OR DELETE ON app.webhook_events
    FOR EACH ROW EXECUTE FUNCTION tenancy.keep_events();

SELECT tenancy.trust('tenancy.keep_events()', '{}', 'leaves forgetting to the platform alone');
