-- What an organisation's configuration was, and what of it was refused.

-- writer: api (api::config_versions), whichever process sees it first. Each content once; at: when it last came
-- into force or was refused. Shown: the whole of it without secrets, null where it was refused.
CREATE TABLE config_versions (
    org        text COLLATE "C" NOT NULL,
    version_id uuid NOT NULL,
    digest     bytea NOT NULL,
    first_at   timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    source     text NOT NULL,
    shown      jsonb,
    reason     text,
    PRIMARY KEY (version_id, org),
    UNIQUE (org, digest),
    CHECK ((shown IS NULL) <> (reason IS NULL))
);
CREATE INDEX config_versions_at ON config_versions (org, at, version_id);

ALTER TABLE config_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE config_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orgs ON config_versions USING (coalesce(org, '') = ANY ((SELECT current_orgs())::text[]));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON config_versions TO earshot_app;
    END IF;
END $$;
