-- Row-level security on every table with an organisation, for the owner too; rights of the app role.
-- A SECURITY DEFINER function runs as the owner, which FORCE binds as well: the policy below lets
-- the owner through only inside those two functions' statements, by its own role name.

DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relkind = 'r' AND a.attname = 'org' AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I USING (org = ANY ((SELECT current_orgs())::text[]))', t);
    END LOOP;
END $$;

-- The two look-ups that run as the owner (migrations and these functions are all it does).
CREATE POLICY key_lookup ON api_keys FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY customer_lookup ON customers FOR SELECT TO CURRENT_USER USING (true);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        RAISE EXCEPTION 'role earshot_app is missing: CREATE ROLE earshot_app LOGIN PASSWORD ...';
    END IF;
    GRANT USAGE ON SCHEMA public TO earshot_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO earshot_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO earshot_app;
    REVOKE ALL ON FUNCTION api_key_by_hash, search_customers FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION api_key_by_hash, search_customers TO earshot_app;
    REVOKE ALL ON _sqlx_migrations FROM earshot_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO earshot_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO earshot_app;
END $$;
