-- Empties schema jobs. Frozen.

-- The functions that return rows of these tables go with them.
DROP TABLE jobs.procrastinate_events, jobs.procrastinate_periodic_defers,
    jobs.procrastinate_jobs, jobs.procrastinate_workers CASCADE;

DO $do$
DECLARE
    f regprocedure;
    t regtype;
BEGIN
    FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jobs'::regnamespace LOOP
        EXECUTE format('DROP FUNCTION %s', f);
    END LOOP;
    FOR t IN SELECT oid::regtype FROM pg_type
              WHERE typnamespace = 'jobs'::regnamespace AND typtype IN ('e', 'c') LOOP
        EXECUTE format('DROP TYPE %s', t);
    END LOOP;
END $do$;
