-- writer: ingest. Why X did not give it: deleted, protected or unavailable.
ALTER TABLE lookups ADD COLUMN reason text;

-- writer: api (who asked, when, for which row of the list); ingest (done_at, problem). Posts that
-- somebody at a desk wants looked up now. What X said of a post stands in lookups.
CREATE TABLE fetches (
    x_id     text COLLATE "C" NOT NULL,
    org      text COLLATE "C" NOT NULL,
    row_key  text COLLATE "C" NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    done_at  timestamptz,
    problem  text,
    PRIMARY KEY (x_id, org)
);
CREATE INDEX fetches_open ON fetches (org, asked_at) WHERE done_at IS NULL;

ALTER TABLE fetches ENABLE ROW LEVEL SECURITY;
ALTER TABLE fetches FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orgs ON fetches USING (coalesce(org, '') = ANY ((SELECT current_orgs())::text[]));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON fetches TO earshot_app;
    END IF;
END $$;
