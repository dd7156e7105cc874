-- What writes an organisation's keys at a payment provider: a function of the owner, for the
-- tenant whose signed transaction calls it, so that the keys change with the account and yet no
-- role of a tenant reads them. They come sealed (core/encryption). Runs as app_owner; frozen.

-- Keep the keys, in the place of those that were there; without any, forget those.
CREATE FUNCTION tenancy.set_provider_keys(at_provider text, sealed_keys text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
BEGIN
    IF sealed_keys IS NULL THEN
        DELETE FROM app.provider_secrets s WHERE s.tenant_id = t AND s.provider = at_provider;
        RETURN;
    END IF;
    INSERT INTO app.provider_secrets AS s (id, tenant_id, provider, sealed)
    VALUES (tenancy.new_id(), t, at_provider, sealed_keys)
    ON CONFLICT (tenant_id, provider) DO UPDATE SET (sealed, updated_at) = (excluded.sealed, now());
END $f$;

SELECT tenancy.trust('tenancy.set_provider_keys(text,text)', '{tenant_rw}',
                     'writes keys of the caller''s own tenant and shows none');
