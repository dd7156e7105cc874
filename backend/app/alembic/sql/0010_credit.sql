-- Store credit is a ledger: an application's balance is the sum of its entries, moved by the
-- entries alone. Runs as app_owner; frozen once released.

-- Add an entry to its application's balance. The CHECK applications_credit_check refuses to
-- spend what is not there.
CREATE FUNCTION tenancy.move_credit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    UPDATE app.applications a SET credit_minor = a.credit_minor + NEW.amount_minor
     WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.application_id;
    RETURN NULL;
END $f$;

CREATE TRIGGER move_credit AFTER INSERT ON app.credit_entries
    FOR EACH ROW EXECUTE FUNCTION tenancy.move_credit();

-- An application begins without credit, and nothing but an entry changes it.
CREATE FUNCTION tenancy.keep_credit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.credit_minor := 0;
    ELSIF NEW.credit_minor IS DISTINCT FROM OLD.credit_minor AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'store credit is moved by entries of the ledger' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $f$;

CREATE TRIGGER keep_credit BEFORE INSERT OR UPDATE ON app.applications
    FOR EACH ROW EXECUTE FUNCTION tenancy.keep_credit();

SELECT tenancy.trust('tenancy.move_credit()', '{}', 'holds balance and ledger together'),
       tenancy.trust('tenancy.keep_credit()', '{}', 'holds balance and ledger together');

-- What was on sale before it was counted is counted from now on; nothing of it is sold yet.
-- The owner sees no rows of tenants; the platform does.
SET LOCAL row_security = on;
SET LOCAL ROLE platform;
INSERT INTO app.allotments (tenant_id, id, popup_id, kind, capacity, held, taken)
SELECT tenant_id, id, popup_id, 'product', capacity, 0, 0 FROM app.products
UNION ALL
SELECT tenant_id, id, popup_id, 'coupon', max_uses, 0, 0 FROM app.coupons
UNION ALL
SELECT tenant_id, id, popup_id, 'group', seats, 0, 0 FROM app.groups
ON CONFLICT (tenant_id, id) DO NOTHING;
SET LOCAL ROLE app_owner;
SET LOCAL row_security = off;
