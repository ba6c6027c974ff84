-- Views of the list that a team keeps, and what narrows a list said once for lists and counts.

-- writer: desk commands of leads. Filter: what GET /threads takes (api::view::filter). A label or a user
-- in it may be gone: the view says so.
CREATE TABLE saved_views (
    org     text COLLATE "C" NOT NULL,
    view_id uuid NOT NULL,
    name    text NOT NULL,
    filter  jsonb NOT NULL,
    PRIMARY KEY (view_id, org)
);
CREATE UNIQUE INDEX saved_views_name ON saved_views (org, lower(name));

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orgs ON saved_views USING (coalesce(org, '') = ANY ((SELECT current_orgs())::text[]));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO earshot_app;
    END IF;
END $$;

-- An item that a list is narrowed to. Both are inlined: one expression, no parameter twice that costs.
CREATE FUNCTION item_matches(i items, messages boolean, pattern text, lang text, account text, image boolean)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (pattern IS NULL OR lower(coalesce(i.handle, '') || ' ' || coalesce(i.author_name, '')
                 || CASE WHEN i.kind = 'post' OR messages THEN ' ' || i.text ELSE '' END) LIKE pattern)
         AND (item_matches.lang IS NULL OR coalesce(i.lang, '') = item_matches.lang)
         AND (account IS NULL OR account = ANY (i.accounts))
         AND (NOT image OR i.media @> '[{"media_type":"photo"}]') $$;

-- A row of the list that it is narrowed to, by what is said of the row and when its newest item came.
CREATE FUNCTION row_matches(s thread_states, received_at timestamptz, moment timestamptz, nobody boolean,
    wanted uuid, narrowed text, unsent boolean)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (NOT nobody OR s.assignee IS NULL) AND (wanted IS NULL OR s.assignee = wanted)
         AND CASE narrowed WHEN 'snoozed' THEN s.snoozed_until > moment AND received_at <= s.snoozed_at
                           WHEN 'hidden' THEN s.hidden_by IS NOT NULL
                           WHEN 'not-sent' THEN unsent ELSE true END $$;
