-- What the desk owns: customers, social accounts, cases, notes, keys, audit.

-- writer: desk commands, customers import.
CREATE TABLE customers (
    org         text NOT NULL,
    customer_id uuid NOT NULL,
    name        text NOT NULL,
    email       text,
    phone       text,
    external_id text,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    search      text GENERATED ALWAYS AS (
        lower(name || ' ' || coalesce(email, '') || ' ' || coalesce(regexp_replace(phone, '[^0-9]', '', 'g'), ''))) STORED,
    PRIMARY KEY (org, customer_id)
);
CREATE INDEX customers_search ON customers USING gin (search gin_trgm_ops);
CREATE UNIQUE INDEX customers_external ON customers (org, external_id) WHERE external_id IS NOT NULL;

-- Social account mapping, child of the customer. writer: attach and detach.
CREATE TABLE social_accounts (
    org              text NOT NULL,
    x_id             text NOT NULL,
    customer_id      uuid,
    basis            text CHECK (basis IN ('told-us', 'public-profile', 'consent')),
    evidence_item_id uuid,
    changed_by       text NOT NULL,
    changed_at       timestamptz NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (org, x_id),
    CHECK ((customer_id IS NULL) = (basis IS NULL))
);
CREATE INDEX social_accounts_customer ON social_accounts (org, customer_id) WHERE customer_id IS NOT NULL;

-- writer: desk commands; the case linker closes the case that waited for a posted reply.
CREATE TABLE cases (
    org                    text NOT NULL,
    case_id                uuid NOT NULL,
    case_no                bigint NOT NULL,
    status                 text NOT NULL CHECK (status IN ('open', 'closed')),
    person_id              text,
    customer_id            uuid,
    item_id                uuid,
    description            text NOT NULL DEFAULT '',
    origin                 text NOT NULL,
    category               text,
    priority               text NOT NULL,
    follow_up              boolean NOT NULL,
    resolution_code        text,
    resolution_description text,
    close_on_reply         uuid,
    opened_by              text NOT NULL,
    opened_at              timestamptz NOT NULL,
    closed_by              text,
    closed_at              timestamptz,
    revision               bigint NOT NULL,
    PRIMARY KEY (org, case_id),
    UNIQUE (org, case_no)
);
CREATE INDEX cases_open_person ON cases (org, person_id) WHERE status = 'open';
CREATE INDEX cases_open_customer ON cases (org, customer_id) WHERE status = 'open' AND customer_id IS NOT NULL;
CREATE INDEX cases_person ON cases (org, person_id, opened_at);
CREATE INDEX cases_customer ON cases (org, customer_id, opened_at) WHERE customer_id IS NOT NULL;
CREATE INDEX cases_opened ON cases (org, opened_at, case_id);

-- Case notes (case_id) and internal notes of a thread (thread_key). writer: desk commands.
CREATE TABLE notes (
    org        text NOT NULL,
    note_id    uuid NOT NULL,
    case_id    uuid,
    thread_key text,
    body       text NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (org, note_id),
    CHECK (case_id IS NOT NULL OR thread_key IS NOT NULL)
);
CREATE INDEX notes_case ON notes (org, case_id, written_at) WHERE case_id IS NOT NULL;
CREATE INDEX notes_thread ON notes (org, thread_key, written_at) WHERE thread_key IS NOT NULL;

-- Case numbers. writer: desk commands.
CREATE TABLE counters (
    org   text NOT NULL,
    name  text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (org, name)
);

-- Reason and resolution codes. writer: desk commands, codes import.
CREATE TABLE codes (
    org    text NOT NULL,
    kind   text NOT NULL CHECK (kind IN ('reason', 'resolution')),
    code   text NOT NULL,
    label  text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (org, kind, code)
);

-- A link change that reaches more items than one transaction takes. writer: the link function.
CREATE TABLE link_jobs (
    org        text NOT NULL,
    job_id     uuid NOT NULL,
    person_id  text NOT NULL,
    after_item uuid NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (org, job_id)
);

-- writer: keys create and revoke. Only the hash is kept.
CREATE TABLE api_keys (
    org        text NOT NULL,
    key_id     uuid NOT NULL,
    name       text NOT NULL,
    hash       bytea NOT NULL UNIQUE,
    role       text NOT NULL CHECK (role IN ('viewer', 'csr', 'lead', 'admin', 'analyst', 'ops')),
    messages   boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (org, key_id)
);

-- writer: api, in the transaction of the command.
CREATE TABLE idempotency_keys (
    org        text NOT NULL,
    actor      text NOT NULL,
    key        uuid NOT NULL,
    request    bytea NOT NULL,
    status     integer NOT NULL,
    answer     bytea NOT NULL,
    headers    jsonb NOT NULL DEFAULT '{}',
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (org, actor, key)
);

-- writer: api, in the transaction of the command; customer searches and message reads too.
CREATE TABLE audit (
    org      text NOT NULL,
    audit_id uuid NOT NULL,
    actor    text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}',
    at       timestamptz NOT NULL,
    PRIMARY KEY (org, audit_id)
);
CREATE INDEX audit_at ON audit (org, at);

-- A key is looked up before its organisation is known.
CREATE FUNCTION api_key_by_hash(wanted bytea)
RETURNS TABLE (org text, key_id uuid, name text, role text, messages boolean, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT k.org, k.key_id, k.name, k.role, k.messages, k.expires_at, k.revoked_at
        FROM api_keys k WHERE k.hash = wanted $$;

-- Under row-level security the trigram index is not used; here the organisation is explicit.
CREATE FUNCTION search_customers(wanted_org text, pattern text, most integer)
RETURNS SETOF customers
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT * FROM customers c
       WHERE c.org = wanted_org AND wanted_org = ANY (current_orgs()) AND c.search LIKE pattern
       ORDER BY c.name, c.customer_id LIMIT most $$;
