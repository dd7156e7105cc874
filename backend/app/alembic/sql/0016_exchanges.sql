-- What locks counters ahead: an exchange takes some and gives others back, in several calls, and
-- two exchanges of opposite things must not wait for one another. Runs as app_owner; frozen.

CREATE FUNCTION tenancy.lock_allotments(ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
BEGIN
    PERFORM FROM app.allotments a
      WHERE a.tenant_id = t AND a.id = ANY (ids)
      ORDER BY a.id FOR NO KEY UPDATE;
END $f$;

SELECT tenancy.trust('tenancy.lock_allotments(uuid[])', '{tenant_rw}',
                     'locks counters of the caller''s own tenant and changes none');
