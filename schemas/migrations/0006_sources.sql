-- What the sources remember: cursors, leases, commands, facts, gaps, look-ups, costs, media.

-- writer: ingest. Newest X id of a feed that the broker has acknowledged, with everything before it.
CREATE TABLE poll_cursors (
    org             text NOT NULL,
    account         text NOT NULL,
    feed            text NOT NULL,
    since_id        bigint NOT NULL,
    -- what was written before the account was connected is history
    backfill_before timestamptz NOT NULL,
    moved_at        timestamptz NOT NULL,
    PRIMARY KEY (org, account, feed)
);

-- writer: ingest. Which process works a way of an account or app; others take over when it lapses.
CREATE TABLE source_leases (
    org     text NOT NULL,
    subject text NOT NULL,
    way     text NOT NULL,
    holder  text NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (org, subject, way)
);

-- writer: api and the command line (insert); ingest (done_at, outcome). The newest start or stop of an
-- account and way is in force, over the configuration's modes.
CREATE TABLE channel_commands (
    org        text NOT NULL,
    command_id uuid NOT NULL,
    account    text NOT NULL,
    way        text NOT NULL CHECK (way IN ('poll', 'webhook', 'stream')),
    action     text NOT NULL CHECK (action IN ('start', 'stop', 'fill-gap')),
    actor      text NOT NULL,
    reason     text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    from_at    timestamptz,
    done_at    timestamptz,
    outcome    text,
    PRIMARY KEY (org, command_id)
);
CREATE INDEX channel_commands_newest ON channel_commands (org, account, way, at DESC, command_id DESC);
CREATE INDEX channel_commands_open ON channel_commands (org) WHERE done_at IS NULL;

-- writer: ingest. What is known of each way of each account.
CREATE TABLE channel_facts (
    org           text NOT NULL,
    account       text NOT NULL,
    way           text NOT NULL,
    state         text NOT NULL,
    detail        text NOT NULL DEFAULT '',
    since         timestamptz NOT NULL,
    checked_at    timestamptz NOT NULL,
    alive_at      timestamptz,
    last_event_at timestamptz,
    PRIMARY KEY (org, account, way)
);

-- writer: ingest. Time in which items may have been missed by a way.
CREATE TABLE gaps (
    org          text NOT NULL,
    gap_id       uuid NOT NULL,
    account      text NOT NULL,
    way          text NOT NULL,
    cause        text NOT NULL,
    from_at      timestamptz NOT NULL,
    to_at        timestamptz,
    polled_at    timestamptz,
    replay_job   text,
    replay_at    timestamptz,
    replayed_at  timestamptz,
    recovered_at timestamptz,
    recovered_by text,
    problem      text,
    PRIMARY KEY (org, gap_id)
);
CREATE INDEX gaps_open ON gaps (org) WHERE recovered_at IS NULL;
CREATE UNIQUE INDEX gaps_one ON gaps (org, account, way) WHERE to_at IS NULL;

-- writer: ingest. What was asked of X by id, so that it is not asked again at once.
CREATE TABLE lookups (
    org        text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('post', 'user')),
    x_id       text NOT NULL,
    looked_at  timestamptz NOT NULL,
    missing_at timestamptz,
    PRIMARY KEY (org, kind, x_id)
);

-- writer: ingest. Calls and what they cost at X's published prices, by UTC day.
CREATE TABLE x_usage (
    org       text NOT NULL,
    day       date NOT NULL,
    account   text NOT NULL,
    endpoint  text NOT NULL,
    calls     bigint NOT NULL,
    failed    bigint NOT NULL,
    micro_usd bigint NOT NULL,
    PRIMARY KEY (org, day, account, endpoint)
);

-- writer: ingest. Pictures of items; the bytes lie in media.dir under their SHA-256.
CREATE TABLE media (
    org          text NOT NULL,
    media_id     uuid NOT NULL,
    item_id      uuid NOT NULL,
    kind         text NOT NULL,
    sha256       text,
    content_type text,
    size_bytes   bigint,
    problem      text,
    tries        integer NOT NULL DEFAULT 0,
    tried_at     timestamptz NOT NULL,
    PRIMARY KEY (org, media_id)
);
CREATE INDEX media_item ON media (org, item_id);
CREATE INDEX media_sha ON media (sha256) WHERE sha256 IS NOT NULL;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['poll_cursors', 'source_leases', 'channel_commands', 'channel_facts', 'gaps',
                             'lookups', 'x_usage', 'media']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I USING (org = ANY ((SELECT current_orgs())::text[]))', t);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
        END IF;
    END LOOP;
END $$;
