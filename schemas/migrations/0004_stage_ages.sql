-- How far behind each stage is. writer: every stage, each 5 seconds; reader: the sources, which stop
-- taking before retention could eat what was acknowledged. Remove the rows of a stage that is gone
-- for ever: it would age and stop the sources.
CREATE TABLE stage_ages (
    stage     text NOT NULL,
    instance  text NOT NULL,
    oldest_at timestamptz NOT NULL,
    seen_at   timestamptz NOT NULL,
    PRIMARY KEY (stage, instance)
);

-- What was audited stays: the programs add, and change nothing.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON stage_ages TO earshot_app;
        REVOKE UPDATE, DELETE ON audit FROM earshot_app;
    END IF;
END $$;
