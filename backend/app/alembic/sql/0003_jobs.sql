-- Who may use the job queue. Runs as app_owner after 0003_jobs_procrastinate.sql; frozen once
-- released.

-- The library's functions find their tables whatever the caller's search path is.
DO $do$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jobs'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, jobs, pg_temp', f);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO platform', f);
    END LOOP;
END $do$;

-- The queue is the platform's: no tenant role sees that other tenants have any work at all.
GRANT USAGE ON SCHEMA jobs TO platform;
SELECT tenancy.register_global(oid, 'the queue is the platform''s')
  FROM pg_class WHERE relnamespace = 'jobs'::regnamespace AND relkind IN ('r', 'p');
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO platform;

-- Queues a job of the caller's tenant. The tenant is written over whatever the caller says,
-- and leads the lock, so that no tenant can hold up another's jobs.
CREATE FUNCTION tenancy.defer_job(
    task text, args jsonb, queue text, run_at timestamptz, lock text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    tenant uuid := tenancy.current_tenant('tenant_rw');
BEGIN
    IF jsonb_typeof(args) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'the arguments of a job are an object' USING ERRCODE = '22023';
    END IF;
    PERFORM jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
        queue, task, 0, tenant::text || ':' || lock, NULL,
        args || jsonb_build_object('tenant_id', tenant), run_at
    )::jobs.procrastinate_job_to_defer_v1]);
END $f$;

-- Queues a job of the platform, or, with a tenant, of that tenant.
CREATE FUNCTION tenancy.defer_platform_job(
    task text, args jsonb, queue text, run_at timestamptz, lock text, tenant uuid
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF jsonb_typeof(args) IS DISTINCT FROM 'object' OR args ? 'tenant_id' THEN
        RAISE EXCEPTION 'the arguments of a job are an object, its tenant not among them'
            USING ERRCODE = '22023';
    END IF;
    PERFORM jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(
        queue, task, 0, coalesce(tenant::text || ':', '') || lock, NULL,
        CASE WHEN tenant IS NULL THEN args
             ELSE args || jsonb_build_object('tenant_id', tenant) END,
        run_at
    )::jobs.procrastinate_job_to_defer_v1]);
END $f$;

SELECT tenancy.trust('tenancy.defer_job(text,jsonb,text,timestamptz,text)', '{tenant_rw}',
                     'adds a job of the caller''s own tenant to a queue that it may not read'),
       tenancy.trust('tenancy.defer_platform_job(text,jsonb,text,timestamptz,text,uuid)',
                     '{platform}', 'adds a job to the queue');
