-- What is particular to the platform's own tables. Runs as app_owner; frozen once released.

CREATE TRIGGER tenants_slug_immutable BEFORE UPDATE OF id, slug ON app.tenants
    FOR EACH ROW WHEN (NEW.slug IS DISTINCT FROM OLD.slug OR NEW.id IS DISTINCT FROM OLD.id)
    EXECUTE FUNCTION tenancy.refuse_change('slug');
