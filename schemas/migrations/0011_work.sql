-- What teams do with rows of the list beside answering: who works on it, labels, later; drafts and the
-- lists that colleagues share.

-- writer: desk commands. A row of the list by its key; without an entry: nobody's, awake, shown.
CREATE TABLE thread_states (
    org           text COLLATE "C" NOT NULL,
    thread_key    text COLLATE "C" NOT NULL,
    assignee      uuid,
    assigned_at   timestamptz,
    -- an item that is received later wakes the row
    snoozed_at    timestamptz,
    snoozed_until timestamptz,
    hidden_by     text COLLATE "C",
    changed_by    text COLLATE "C" NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (thread_key, org),
    CHECK ((snoozed_at IS NULL) = (snoozed_until IS NULL))
);
CREATE INDEX thread_states_assignee ON thread_states (assignee, org) WHERE assignee IS NOT NULL;

-- writer: desk commands of leads.
CREATE TABLE labels (
    org      text COLLATE "C" NOT NULL,
    label_id uuid NOT NULL,
    name     text NOT NULL,
    colour   text NOT NULL,
    PRIMARY KEY (label_id, org)
);
CREATE UNIQUE INDEX labels_name ON labels (org, lower(name));

-- writer: desk commands.
CREATE TABLE thread_labels (
    org        text COLLATE "C" NOT NULL,
    thread_key text COLLATE "C" NOT NULL,
    label_id   uuid NOT NULL,
    PRIMARY KEY (thread_key, label_id, org),
    FOREIGN KEY (label_id, org) REFERENCES labels ON DELETE CASCADE
);
CREATE INDEX thread_labels_label ON thread_labels (label_id, org);

-- writer: desk commands of leads.
CREATE TABLE saved_replies (
    org      text COLLATE "C" NOT NULL,
    reply_id uuid NOT NULL,
    title    text NOT NULL,
    text     text NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('public', 'private', 'any')),
    PRIMARY KEY (reply_id, org)
);
CREATE UNIQUE INDEX saved_replies_title ON saved_replies (org, lower(title));

-- writer: api. What users have written and not sent, each for themselves.
CREATE TABLE drafts (
    org        text COLLATE "C" NOT NULL,
    user_id    uuid NOT NULL,
    target     text COLLATE "C" NOT NULL,
    thread_key text COLLATE "C" NOT NULL,
    text       text NOT NULL,
    media_id   uuid,
    exclude    text[] NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (target, user_id, org),
    FOREIGN KEY (user_id, org) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX drafts_thread ON drafts (thread_key, org);
CREATE INDEX drafts_user ON drafts (user_id, org);

-- What was done to an item or a row, by its subject.
CREATE INDEX audit_subject ON audit (subject, org, at);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['thread_states', 'labels', 'thread_labels', 'saved_replies', 'drafts']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I '
            'USING (coalesce(org, '''') = ANY ((SELECT current_orgs())::text[]))', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
    END LOOP;
END $$;
