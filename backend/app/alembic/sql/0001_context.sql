-- The signed context: who may see what in this transaction, verified wherever it is used.

-- Return the transaction's tenant, or raise 42501.
--
-- A setting can be changed by injected SQL; its signature cannot be made by it. The role is
-- an argument rather than the current role: each policy demands the signature of the role it
-- was planned for. A statement planned as tenant_rw whose execution first sets the role back
-- would otherwise pass with the signature of a lesser role.
CREATE FUNCTION tenancy.current_tenant(as_role text DEFAULT current_setting('role'))
RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    tid text := current_setting('app.tenant_id', true);
    sig text := current_setting('app.tenant_sig', true);
    key_id text := split_part(sig, '.', 1);
    expiry text := split_part(sig, '.', 2);
    inner_pad bytea;
    outer_pad bytea;
BEGIN
    IF coalesce(tid, '') = '' OR coalesce(sig, '') = '' THEN
        RAISE EXCEPTION 'tenant context is not set' USING ERRCODE = '42501';
    END IF;
    SELECT k.ipad, k.opad INTO inner_pad, outer_pad
      FROM tenancy.keys k WHERE k.kid::text = key_id AND k.not_after > now();
    IF inner_pad IS NULL
       OR encode(sha256(outer_pad || sha256(inner_pad || convert_to(
              key_id || '.' || expiry || '.' || as_role || '.' || tid || '.'
              || coalesce(current_setting('app.human_id', true), ''), 'UTF8'))), 'hex')
          IS DISTINCT FROM split_part(sig, '.', 3)
       -- Only a signed expiry is read as a number. The transaction's start is what counts.
       OR expiry::bigint < extract(epoch FROM now())
    THEN
        RAISE EXCEPTION 'tenant context is not valid' USING ERRCODE = '42501';
    END IF;
    RETURN tid::uuid;
END $f$;

-- Return the human whose transaction this is, or raise 42501.
--
-- Verified on its own: between the check of the tenant and the reading of a plain setting,
-- a statement can run a function that changes the setting.
CREATE FUNCTION tenancy.current_human() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    PERFORM tenancy.current_tenant('tenant_human');
    IF coalesce(current_setting('app.human_id', true), '') = '' THEN
        RAISE EXCEPTION 'human context is not set' USING ERRCODE = '42501';
    END IF;
    RETURN current_setting('app.human_id')::uuid;
END $f$;

-- Enter a tenant for the rest of the transaction.
--
-- Raises 42501 for a second tenant in one transaction, ED401 when the login session is over
-- or the tenant it belongs to is closed, ED404 when there is no such open tenant. Work of the
-- system itself (jobs, the command line) may enter a closed tenant; operators may as well.
CREATE FUNCTION tenancy.enter(tenant uuid, human uuid, login uuid, actor text, sig text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    this_transaction text := extract(epoch FROM now())::text;
    before text := current_setting('app.tenant_id', true);
    is_open boolean;
    is_live boolean;
    is_operator boolean;
    ignored text;
BEGIN
    -- A setting that was left on the session by an earlier transaction is overwritten; only
    -- one of this transaction counts.
    IF current_setting('app.entered', true) = this_transaction
       AND coalesce(before, '') <> '' AND before <> tenant::text THEN
        RAISE EXCEPTION 'one transaction is for one tenant' USING ERRCODE = '42501';
    END IF;
    IF login IS NULL THEN
        SELECT t.status = 'active' INTO is_open FROM app.tenants t WHERE t.id = tenant;
        IF is_open IS NULL OR NOT (is_open OR starts_with(actor, 'system:')) THEN
            RAISE EXCEPTION 'there is no such tenant' USING ERRCODE = 'ED404';
        END IF;
    ELSE
        SELECT t.status = 'active', l.kind = 'operator',
               l.ended_at IS NULL AND l.expires_at > now()
               AND (l.kind = 'operator' OR l.tenant_id = tenant)
               AND (l.kind <> 'human' OR human IS NULL OR l.subject_id = human)
          INTO is_open, is_operator, is_live
          FROM app.logins l LEFT JOIN app.tenants t ON t.id = tenant
         WHERE l.id = login;
        IF is_live IS NOT TRUE OR NOT (is_operator OR coalesce(is_open, false)) THEN
            RAISE EXCEPTION 'the login session is over' USING ERRCODE = 'ED401';
        ELSIF is_open IS NULL THEN
            RAISE EXCEPTION 'there is no such tenant' USING ERRCODE = 'ED404';
        END IF;
    END IF;
    ignored := set_config('app.tenant_id', tenant::text, true)
        || set_config('app.human_id', coalesce(human::text, ''), true)
        || set_config('app.actor', coalesce(actor, ''), true)
        || set_config('app.tenant_sig', coalesce(sig, ''), true)
        || set_config('app.entered', this_transaction, true);
END $f$;

-- Say who acts in a transaction of the platform; ED401 when the login session is over.
CREATE FUNCTION tenancy.enter_platform(login uuid, actor text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    ignored text;
BEGIN
    IF login IS NOT NULL AND NOT EXISTS (
        SELECT FROM app.logins l
         WHERE l.id = login AND l.ended_at IS NULL AND l.expires_at > now()
    ) THEN
        RAISE EXCEPTION 'the login session is over' USING ERRCODE = 'ED401';
    END IF;
    ignored := set_config('app.actor', coalesce(actor, ''), true);
END $f$;

-- End the sessions of one member of staff, within the caller's tenant.
CREATE FUNCTION tenancy.end_logins(subject uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    UPDATE app.logins l SET ended_at = now()
     WHERE l.subject_id = subject AND l.tenant_id = tenancy.current_tenant('tenant_rw')
       AND l.ended_at IS NULL;
END $f$;

SELECT tenancy.trust('tenancy.current_tenant(text)',
                     '{tenant_rw,tenant_ro,tenant_human,tenant_public}',
                     'verifies the signature with keys that no tenant role may read'),
       tenancy.trust('tenancy.current_human()', '{tenant_human}', 'verifies through current_tenant'),
       tenancy.trust('tenancy.enter(uuid,uuid,uuid,text,text)',
                     '{tenant_rw,tenant_ro,tenant_human,tenant_public}',
                     'answers only whether a tenant is open and a login is live'),
       tenancy.trust('tenancy.enter_platform(uuid,text)', '{platform}',
                     'answers only whether a login is live'),
       tenancy.trust('tenancy.end_logins(uuid)', '{tenant_rw}',
                     'ends sessions of the caller''s own tenant');
