-- The way back: what a CSR asked to be done at X, and what became of it.
-- writer: api (makes, cancels, sends anew, resolves; the case of one that closes it), respond (every
-- other step), case-linker (takes `closes` when its items return).

CREATE TABLE replies (
    org             text COLLATE "C" NOT NULL,
    reply_id        uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN
                        ('public', 'message', 'delete-post', 'delete-message', 'like', 'unlike')),
    -- X user id of our account that acts
    account         text COLLATE "C" NOT NULL,
    -- one in flight for each: the conversation at X
    lane            text COLLATE "C" NOT NULL,
    -- row of the list, as in notes.thread_key
    thread_key      text COLLATE "C" NOT NULL,
    -- item answered, liked or deleted
    item_id         uuid NOT NULL,
    -- who is answered, and what was known of them when it was written
    person_id       text COLLATE "C" NOT NULL,
    customer_id     uuid,
    case_id         uuid,
    -- post answered, liked or deleted; person or group conversation written to; message deleted
    target          text COLLATE "C" NOT NULL,
    -- A private text stands in a column that whatever publishes never reads.
    public_text     text,
    private_text    text,
    -- of the normal form of the text
    text_hash       bytea,
    exclude         text[] NOT NULL DEFAULT '{}',
    summoned        boolean NOT NULL DEFAULT false,
    media_sha256    bytea,
    alt_text        text NOT NULL DEFAULT '',
    -- items that were closed with it, and return if it is not posted
    closes          uuid[] NOT NULL DEFAULT '{}',
    written_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN
                        ('queued', 'sending', 'posted', 'failed', 'unknown', 'cancelled')),
    -- queued: not sent before; why it waits, and its place among those that wait for the same
    not_before      timestamptz NOT NULL,
    wait_reason     text CHECK (wait_reason IN ('undo', 'rate-limit', 'no-connection', 'account')),
    wait_place      integer,
    attempts        integer NOT NULL DEFAULT 0,
    claimed_by      text,
    -- of the first attempt that may have had an effect: look before any further one
    doubtful_since  timestamptz,
    started_at      timestamptz,
    looks           integer NOT NULL DEFAULT 0,
    look_at         timestamptz,
    x_id            text COLLATE "C",
    posted_at       timestamptz,
    resolved_by     text,
    failure         jsonb,
    changed_at      timestamptz NOT NULL,
    revision        bigint NOT NULL,
    PRIMARY KEY (reply_id, org),
    CHECK ((kind = 'public') = (public_text IS NOT NULL)),
    CHECK (kind = 'message' OR private_text IS NULL),
    CHECK (kind <> 'message' OR private_text IS NOT NULL OR media_sha256 IS NOT NULL),
    CHECK ((kind IN ('public', 'message')) = (text_hash IS NOT NULL)),
    CHECK (state <> 'sending' OR (claimed_by IS NOT NULL AND started_at IS NOT NULL))
);
CREATE UNIQUE INDEX replies_in_flight ON replies (lane, org) WHERE state = 'sending';
CREATE INDEX replies_queued ON replies (not_before, created_at) WHERE state = 'queued';
CREATE INDEX replies_queue ON replies (lane, org, created_at, reply_id) WHERE state = 'queued';
CREATE INDEX replies_unknown ON replies (look_at) WHERE state = 'unknown';
CREATE INDEX replies_doubtful ON replies (lane, org) WHERE state IN ('sending', 'unknown');
CREATE UNIQUE INDEX replies_x ON replies (x_id, kind, org) WHERE x_id IS NOT NULL AND kind IN ('public', 'message');
CREATE INDEX replies_state ON replies (org, state, created_at DESC, reply_id DESC);
CREATE INDEX replies_thread ON replies (thread_key, org, created_at);
CREATE INDEX replies_item ON replies (item_id, org);

-- Pictures that CSRs uploaded to us; the bytes lie in media.dir under their hash. writer: api.
CREATE TABLE uploads (
    org         text COLLATE "C" NOT NULL,
    sha256      bytea NOT NULL,
    media_type  text NOT NULL,
    bytes       integer NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (sha256, org)
);

-- What X has of them: usable by that account, for that purpose, for a day. writer: respond.
CREATE TABLE media_uploads (
    org        text COLLATE "C" NOT NULL,
    account    text COLLATE "C" NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('post', 'dm')),
    sha256     bytea NOT NULL,
    alt_text   text NOT NULL,
    media_id   text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (sha256, alt_text, account, purpose, org)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['replies', 'uploads', 'media_uploads']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I USING (coalesce(org, '''') = ANY ((SELECT current_orgs())::text[]))', t);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
        END IF;
    END LOOP;
END $$;
