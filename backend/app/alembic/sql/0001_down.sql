-- Take the boundary away again, when nothing is left to protect.

DROP VIEW tenancy.audit;
DROP FUNCTION
    tenancy.findings(),
    tenancy.forget_dropped(),
    tenancy.register_global(regclass, text, boolean, boolean),
    tenancy.protect(regclass, name, name, name, boolean, boolean, name[]),
    tenancy.set_recording(regclass, boolean, text),
    tenancy.set_rights(regclass),
    tenancy.rights_of(regclass),
    tenancy.policies_of(regclass),
    tenancy.refuse_change(),
    tenancy.record_change(),
    tenancy.end_logins(uuid),
    tenancy.enter_platform(uuid, text),
    tenancy.enter(uuid, uuid, uuid, text, text),
    tenancy.current_human(),
    tenancy.current_tenant(text),
    tenancy.new_id(),
    tenancy.trust(regprocedure, name[], text),
    tenancy.digest_of(oid);
DROP TABLE
    tenancy.trusted_functions, tenancy.global_tables, tenancy.protected, tenancy.keys;
REVOKE SELECT ON tenancy.alembic_version FROM platform;
