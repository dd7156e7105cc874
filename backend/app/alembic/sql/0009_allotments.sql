-- What moves the counters of stock, coupon uses and group seats: functions of the owner alone,
-- each for the tenant whose signed transaction calls it (policy function_access). Whatever
-- they do, the CHECKs of app.allotments hold. Runs as app_owner; frozen once released.

-- Make the counter of a product, coupon or group, or change how many there are.
-- Refused by allotments_capacity_check below what is held and taken.
CREATE FUNCTION tenancy.set_allotment(allotment uuid, popup uuid, what text, how_many bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    INSERT INTO app.allotments AS a (tenant_id, id, popup_id, kind, capacity, held, taken)
    VALUES (tenancy.current_tenant('tenant_rw'), allotment, popup, what, how_many, 0, 0)
    ON CONFLICT (tenant_id, id) DO UPDATE SET capacity = excluded.capacity
     WHERE a.popup_id = excluded.popup_id AND a.kind = excluded.kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'allotment % counts something else', allotment USING ERRCODE = '42501';
    END IF;
END $f$;

-- Let go of what lapsed, where it is wanted: nobody waits for a job to run.
CREATE FUNCTION tenancy.free_lapsed(t uuid, allotment uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    freed bigint;
BEGIN
    WITH gone AS (
        UPDATE app.holds h SET state = 'freed'
         WHERE h.tenant_id = t AND h.allotment_id = allotment AND h.state = 'held'
           AND h.expires_at <= clock_timestamp()
        RETURNING h.quantity)
    SELECT sum(quantity) INTO freed FROM gone;
    IF freed > 0 THEN
        UPDATE app.allotments a SET held = a.held - freed WHERE a.tenant_id = t AND a.id = allotment;
    END IF;
END $f$;

-- Count so many of one allotment in. The row is locked first, so that whoever comes second
-- sees the first one's count. ED409 names what there is not enough of.
CREATE FUNCTION tenancy.count_in(t uuid, allotment uuid, quantity bigint, is_held boolean)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF quantity IS NULL OR quantity <= 0 THEN
        RAISE EXCEPTION 'a quantity is positive' USING ERRCODE = '22023';
    END IF;
    PERFORM FROM app.allotments a WHERE a.tenant_id = t AND a.id = allotment FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such allotment' USING ERRCODE = 'ED404', DETAIL = allotment::text;
    END IF;
    PERFORM tenancy.free_lapsed(t, allotment);
    UPDATE app.allotments a
       SET held = a.held + CASE WHEN is_held THEN quantity ELSE 0 END,
           taken = a.taken + CASE WHEN is_held THEN 0 ELSE quantity END
     WHERE a.tenant_id = t AND a.id = allotment
       AND (a.capacity IS NULL OR a.held + a.taken + quantity <= a.capacity);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there are not enough left' USING ERRCODE = 'ED409', DETAIL = allotment::text;
    END IF;
END $f$;

-- Hold or take every item of an order, or none. Allotments are locked in the order of their
-- ids, so that carts which list the same things in opposite orders never wait for each other
-- in a circle. items: [{"id": uuid, "quantity": n}, ...].
CREATE FUNCTION tenancy.secure(an_order uuid, items jsonb, is_held boolean, until timestamptz)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
    it record;
BEGIN
    FOR it IN SELECT i.id, sum(i.quantity)::bigint AS quantity
                FROM jsonb_to_recordset(items) AS i (id uuid, quantity bigint)
               GROUP BY i.id ORDER BY i.id LOOP
        PERFORM tenancy.count_in(t, it.id, it.quantity, is_held);
        INSERT INTO app.holds AS h (tenant_id, id, order_id, allotment_id, quantity, state, expires_at)
        VALUES (t, gen_random_uuid(), an_order, it.id, it.quantity,
                CASE WHEN is_held THEN 'held' ELSE 'taken' END, until)
        ON CONFLICT (tenant_id, order_id, allotment_id) DO UPDATE
           SET quantity = excluded.quantity, state = excluded.state, expires_at = excluded.expires_at
         WHERE h.state = 'freed';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the order has this already' USING ERRCODE = '23505',
                CONSTRAINT = 'holds_tenant_id_order_id_allotment_id_key';
        END IF;
    END LOOP;
END $f$;

CREATE FUNCTION tenancy.hold(an_order uuid, items jsonb, until timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    PERFORM tenancy.secure(an_order, items, true, until);
END $f$;

CREATE FUNCTION tenancy.take_now(an_order uuid, items jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    PERFORM tenancy.secure(an_order, items, false, NULL);
END $f$;

-- Take what an order holds. True when all of it was still held, in time or not yet reclaimed;
-- false, with nothing changed, when some of it has been let go.
CREATE FUNCTION tenancy.take_held(an_order uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
    it record;
BEGIN
    -- The counters before the holds, in the order of ids, as everywhere.
    PERFORM FROM app.allotments a
      WHERE a.tenant_id = t AND a.id IN (SELECT h.allotment_id FROM app.holds h
                                          WHERE h.tenant_id = t AND h.order_id = an_order)
      ORDER BY a.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM app.holds h
                WHERE h.tenant_id = t AND h.order_id = an_order AND h.state = 'freed') THEN
        RETURN false;
    END IF;
    FOR it IN UPDATE app.holds h SET state = 'taken', expires_at = NULL
               WHERE h.tenant_id = t AND h.order_id = an_order AND h.state = 'held'
              RETURNING h.allotment_id, h.quantity LOOP
        UPDATE app.allotments a SET held = a.held - it.quantity, taken = a.taken + it.quantity
         WHERE a.tenant_id = t AND a.id = it.allotment_id;
    END LOOP;
    RETURN true;
END $f$;

-- Let go of what an order still holds; what it has taken stays taken.
CREATE FUNCTION tenancy.free_held(an_order uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
    it record;
BEGIN
    PERFORM FROM app.allotments a
      WHERE a.tenant_id = t AND a.id IN (SELECT h.allotment_id FROM app.holds h
                                          WHERE h.tenant_id = t AND h.order_id = an_order)
      ORDER BY a.id FOR NO KEY UPDATE;
    FOR it IN UPDATE app.holds h SET state = 'freed'
               WHERE h.tenant_id = t AND h.order_id = an_order AND h.state = 'held'
              RETURNING h.allotment_id, h.quantity LOOP
        UPDATE app.allotments a SET held = a.held - it.quantity
         WHERE a.tenant_id = t AND a.id = it.allotment_id;
    END LOOP;
END $f$;

-- Give back some of what an order has taken: refunds, exchanges, a member who leaves.
-- No more than it took: otherwise a caller could make room that is not there.
CREATE FUNCTION tenancy.give_back(an_order uuid, items jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    t uuid := tenancy.current_tenant('tenant_rw');
    it record;
    has bigint;
BEGIN
    FOR it IN SELECT i.id, sum(i.quantity)::bigint AS quantity
                FROM jsonb_to_recordset(items) AS i (id uuid, quantity bigint)
               GROUP BY i.id ORDER BY i.id LOOP
        PERFORM FROM app.allotments a WHERE a.tenant_id = t AND a.id = it.id FOR NO KEY UPDATE;
        SELECT h.quantity INTO has FROM app.holds h
         WHERE h.tenant_id = t AND h.order_id = an_order AND h.allotment_id = it.id
           AND h.state = 'taken';
        IF has IS NULL OR it.quantity <= 0 OR it.quantity > has THEN
            RAISE EXCEPTION 'the order has not taken so many' USING ERRCODE = '22023',
                DETAIL = it.id::text;
        END IF;
        UPDATE app.allotments a SET taken = a.taken - it.quantity
         WHERE a.tenant_id = t AND a.id = it.id;
        UPDATE app.holds h
           SET quantity = CASE WHEN has = it.quantity THEN h.quantity ELSE has - it.quantity END,
               state = CASE WHEN has = it.quantity THEN 'freed' ELSE 'taken' END
         WHERE h.tenant_id = t AND h.order_id = an_order AND h.allotment_id = it.id;
    END LOOP;
END $f$;

SELECT tenancy.trust('tenancy.set_allotment(uuid,uuid,text,bigint)', '{tenant_rw}',
                     'counts for the caller''s own tenant; the CHECKs hold the limit'),
       tenancy.trust('tenancy.hold(uuid,jsonb,timestamptz)', '{tenant_rw}',
                     'counts for the caller''s own tenant; the CHECKs hold the limit'),
       tenancy.trust('tenancy.take_now(uuid,jsonb)', '{tenant_rw}',
                     'counts for the caller''s own tenant; the CHECKs hold the limit'),
       tenancy.trust('tenancy.take_held(uuid)', '{tenant_rw}',
                     'counts for the caller''s own tenant; the CHECKs hold the limit'),
       tenancy.trust('tenancy.free_held(uuid)', '{tenant_rw}',
                     'counts for the caller''s own tenant'),
       tenancy.trust('tenancy.give_back(uuid,jsonb)', '{tenant_rw}',
                     'counts for the caller''s own tenant, no more than the order took');
