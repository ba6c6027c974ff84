-- The read model and the records of the pipeline.
-- Run as the owner; programs connect as earshot_app, which row-level security binds.
-- No now() in a decision: every time is a parameter.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Organisations that the current transaction works for, set by set_config('earshot.orgs', 'a,b', true).
-- Unset: none, so nothing is seen.
CREATE FUNCTION current_orgs() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(current_setting('earshot.orgs', true), ',');

-- writer: case-linker (merge of profiles). Locked in x_id order before any link is read or written.
CREATE TABLE persons (
    org            text NOT NULL,
    x_id           text NOT NULL,
    handle         text,
    name           text,
    avatar_url     text,
    description    text,
    location       text,
    followers      bigint,
    following      bigint,
    tweets         bigint,
    verified       boolean,
    verified_type  text,
    protected      boolean,
    joined_at      timestamptz,
    former_handles text[] NOT NULL DEFAULT '{}',
    -- when each group was observed: newest observation wins, group by group
    handle_at      timestamptz,
    name_at        timestamptz,
    avatar_at      timestamptz,
    bio_at         timestamptz,
    counts_at      timestamptz,
    location_at    timestamptz,
    verified_at    timestamptz,
    verified_type_at timestamptz,
    protected_at   timestamptz,
    PRIMARY KEY (org, x_id)
);

CREATE TYPE person_row AS (
    org text, x_id text, handle text, name text, avatar_url text, description text, location text,
    followers bigint, following bigint, tweets bigint, verified boolean, verified_type text,
    protected boolean, joined_at timestamptz, former_handles text[], handle_at timestamptz,
    name_at timestamptz, avatar_at timestamptz, bio_at timestamptz, counts_at timestamptz,
    location_at timestamptz, verified_at timestamptz, verified_type_at timestamptz,
    protected_at timestamptz
);

-- One row per post or message; what the list shows. Column sets have one writer each.
CREATE TABLE items (
    -- content: case-linker's merge
    org              text NOT NULL,
    item_id          uuid NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('post', 'message')),
    x_id             text NOT NULL,
    version_id       text,
    version_ids      text[] NOT NULL DEFAULT '{}',
    author_id        text NOT NULL,
    person_id        text NOT NULL,
    direction        text CHECK (direction IN ('inbound', 'outbound')),
    post_type        text,
    conversation_id  text,
    parent_x_id      text,
    parent_item_id   uuid,
    quoted_x_id      text,
    repost_of_x_id   text,
    in_reply_to_x_id text,
    recipient_x_id   text,
    text             text NOT NULL DEFAULT '',
    text_complete    boolean NOT NULL DEFAULT false,
    entities         jsonb NOT NULL DEFAULT '{}',
    media            jsonb NOT NULL DEFAULT '[]',
    lang             text,
    sentiment        jsonb,
    influence        double precision NOT NULL DEFAULT 0,
    priority_terms   jsonb NOT NULL DEFAULT '[]',
    handle           text,
    author_name      text,
    followers_then   bigint,
    likes            bigint NOT NULL DEFAULT 0,
    reposts          bigint NOT NULL DEFAULT 0,
    replies          bigint NOT NULL DEFAULT 0,
    quotes           bigint NOT NULL DEFAULT 0,
    counts_at        timestamptz,
    accounts         text[] NOT NULL DEFAULT '{}',
    sources          text[] NOT NULL DEFAULT '{}',
    source           text NOT NULL,
    backfill         boolean NOT NULL DEFAULT false,
    posted_at        timestamptz,
    received_at      timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL,
    deleted_at       timestamptz,
    -- thread: case-linker (derived from conversation, parents; never published)
    thread_id        text NOT NULL,
    thread_open      boolean NOT NULL DEFAULT false,
    -- link: the link function only (case-linker and, through it, the desk's commands)
    customer_id      uuid,
    case_id          uuid,
    had_case         boolean NOT NULL DEFAULT false,
    link_rule        text,
    link_version     integer,
    link_inputs      text,
    link_by          text,
    linked_at        timestamptz,
    -- work: desk commands
    closed_at        timestamptz,
    closed_by        text,
    closed_rule      text,
    -- raised under the person lock by whoever changes the row
    revision         bigint NOT NULL,
    -- the one definition of status
    status           text GENERATED ALWAYS AS (
        CASE WHEN direction IS NULL OR direction <> 'inbound' THEN NULL
             WHEN closed_at IS NOT NULL THEN 'closed'
             WHEN case_id IS NOT NULL THEN 'draft'
             ELSE 'open' END) STORED,
    PRIMARY KEY (org, item_id)
);
-- Active = open or draft, still answerable. The list and the tile read this index.
CREATE INDEX items_active ON items (org, person_id, thread_id)
    WHERE direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX items_closed ON items (org, closed_at, item_id) WHERE closed_at IS NOT NULL;
CREATE INDEX items_posted ON items (org, posted_at) WHERE direction = 'inbound';
CREATE INDEX items_thread ON items (org, thread_id);
CREATE INDEX items_person ON items (org, person_id, thread_id);
-- Not closed and not counted: nobody can answer what was deleted on X.
CREATE INDEX items_unanswerable ON items (org)
    WHERE direction = 'inbound' AND closed_at IS NULL AND deleted_at IS NOT NULL;
CREATE INDEX items_case ON items (org, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX items_parent ON items (org, parent_item_id) WHERE conversation_id IS NULL AND parent_item_id IS NOT NULL;

-- The columns of an item as the programs read and write them, in the order of the record Item.
CREATE TYPE item_row AS (
    org text, item_id uuid, kind text, revision bigint, op text, x_id text, version_id text,
    version_ids text[], author_id text, person_id text, direction text, post_type text,
    conversation_id text, parent_x_id text, quoted_x_id text, repost_of_x_id text,
    in_reply_to_x_id text, recipient_x_id text, text text, text_complete boolean, entities jsonb,
    media jsonb, lang text, sentiment jsonb, influence double precision, priority_terms jsonb,
    handle text, author_name text, followers_then bigint, likes bigint, reposts bigint,
    replies bigint, quotes bigint, counts_at timestamptz, accounts text[], sources text[],
    deleted_at timestamptz, customer_id uuid, case_id uuid, had_case boolean, link_rule text,
    link_version integer, link_inputs text, link_by text, linked_at timestamptz,
    closed_at timestamptz, closed_by text, closed_rule text, posted_at timestamptz,
    received_at timestamptz, recorded_at timestamptz, source text, backfill boolean
);

-- writer: case-linker. Later versions of an edited post lead to its item.
CREATE TABLE item_aliases (
    org     text NOT NULL,
    kind    text NOT NULL,
    x_id    text NOT NULL,
    item_id uuid NOT NULL,
    PRIMARY KEY (org, kind, x_id)
);
CREATE INDEX item_aliases_item ON item_aliases (org, item_id);

-- writer: interaction-writer.
CREATE TABLE interactions (
    org            text NOT NULL,
    interaction_id uuid NOT NULL,
    item_id        uuid NOT NULL,
    revision       bigint NOT NULL,
    op             text NOT NULL CHECK (op IN ('upsert', 'withdraw', 'erase')),
    channel        text NOT NULL,
    kind           text NOT NULL,
    post_type      text,
    direction      text NOT NULL,
    person_id      text NOT NULL,
    customer_id    uuid,
    case_id        uuid,
    reason         text NOT NULL,
    likes          bigint NOT NULL DEFAULT 0,
    posted_at      timestamptz,
    received_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    source         text NOT NULL,
    backfill       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (org, interaction_id)
);
CREATE INDEX interactions_case ON interactions (org, case_id, posted_at) WHERE case_id IS NOT NULL AND op = 'upsert';
CREATE INDEX interactions_customer ON interactions (org, customer_id, posted_at) WHERE customer_id IS NOT NULL AND op = 'upsert';
CREATE INDEX interactions_person ON interactions (org, person_id, posted_at) WHERE op = 'upsert';

-- writer: the scoped stage of that name, inside the transaction of its rows.
CREATE TABLE stage_offsets (
    stage       text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    topic_id    text NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (stage, topic, partition)
);

-- writer: whoever publishes, in the transaction of its rows. Reader and deleter: the relay.
CREATE TABLE outbox (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic     text NOT NULL,
    partition integer NOT NULL,
    key       bytea NOT NULL,
    value     bytea,
    erases    boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_cost_delay = 0);

-- writer: relay. Partitions of compacted topics in which an erasure waits for compaction.
CREATE TABLE heartbeats (
    topic     text NOT NULL,
    partition integer NOT NULL,
    until     timestamptz NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- What was fixed at the first `topics apply`: partitions, whose schema ids.
CREATE TABLE deployment (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- writer: earshot quarantine (drop, replay).
CREATE TABLE quarantine_marks (
    topic         text NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint NOT NULL,
    action        text NOT NULL CHECK (action IN ('replayed', 'dropped')),
    marked_by     text NOT NULL,
    marked_at     timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset)
);
