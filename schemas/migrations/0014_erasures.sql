-- writer: relay. Where a compacted topic holds the record that erases what was said in an item: what
-- stood under the key before it leaves with the next compaction. Ids only; a receipt names it.
CREATE TABLE erasures (
    topic         text COLLATE "C" NOT NULL,
    key           text COLLATE "C" NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (key, topic)
);
CREATE INDEX erasures_at ON erasures (at);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON erasures TO earshot_app;
    END IF;
END $$;
