-- Sealed secrets, what calls of X cost, and what is known of the health of each account.

-- writer: whoever holds the row's lock (runtime::pg::sealed). Opens only with the keys of
-- secrets.key_file, and only at its own org and name. NULL: only a lock so far.
CREATE TABLE sealed_values (
    org        text NOT NULL,
    name       text NOT NULL,
    sealed     bytea,
    changed_at timestamptz,
    PRIMARY KEY (org, name)
);

-- writer: every program that calls X (x_account::Ledger), in batches that add. Calls and what they
-- cost at X's published prices, by UTC day.
CREATE TABLE IF NOT EXISTS x_usage (
    org       text NOT NULL,
    day       date NOT NULL,
    account   text NOT NULL,
    endpoint  text NOT NULL,
    calls     bigint NOT NULL,
    failed    bigint NOT NULL,
    micro_usd bigint NOT NULL,
    PRIMARY KEY (org, day, account, endpoint)
);

-- writer: whoever sees it (runtime::pg::facts); the newest wins. Never a text, a handle or a secret.
-- The subject of a fact is an account of the organisation, or empty for all of it.
CREATE TABLE facts (
    org     text NOT NULL,
    subject text NOT NULL,
    name    text NOT NULL,
    value   jsonb NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (org, subject, name)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['sealed_values', 'x_usage', 'facts']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS own_orgs ON %I', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I USING (org = ANY ((SELECT current_orgs())::text[]))', t);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
        END IF;
    END LOOP;
END $$;
