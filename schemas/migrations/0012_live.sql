-- What an open desk is told (docs/adr/0011).

-- writer: whoever changes what a desk shows, in the transaction of its rows (runtime::pg::changes).
-- One row for each transaction, organisation and kind. Reader: api, by comparing snapshots, so a
-- transaction that commits late is told late and never missed. Kept for a day and an hour.
CREATE TABLE changes (
    tx   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq  bigint GENERATED ALWAYS AS IDENTITY,
    org  text COLLATE "C" NOT NULL,
    -- schemas::changes
    kind text NOT NULL,
    -- none: more than are told one by one
    ids  text[] NOT NULL,
    data jsonb,
    -- by the server's clock, for the removal alone
    at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tx, seq)
);
CREATE INDEX changes_at ON changes (at);
ALTER TABLE changes ALTER ids SET STORAGE EXTERNAL;
ALTER TABLE changes SET (toast_tuple_target = 8160);

-- writer: api. Who looks at which row of the list, a row for each tab. Worth nothing after a crash.
CREATE UNLOGGED TABLE presence (
    org        text COLLATE "C" NOT NULL,
    actor      text COLLATE "C" NOT NULL,
    tab        uuid NOT NULL,
    name       text NOT NULL,
    thread_key text COLLATE "C" NOT NULL,
    state      text NOT NULL CHECK (state IN ('viewing', 'replying', 'idle')),
    until      timestamptz NOT NULL,
    PRIMARY KEY (tab, actor, org)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['changes', 'presence']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I '
            'USING (coalesce(org, '''') = ANY ((SELECT current_orgs())::text[]))', t);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
        END IF;
    END LOOP;
END $$;
