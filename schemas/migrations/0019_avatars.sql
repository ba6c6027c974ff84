-- writer: ingest. Pictures of people; the bytes lie in media.dir under their SHA-256, beside those of
-- items. One row for each person: of the address that was fetched last.
CREATE TABLE avatars (
    x_id         text COLLATE "C" NOT NULL,
    org          text COLLATE "C" NOT NULL,
    url          text NOT NULL,
    sha256       text,
    content_type text,
    problem      text,
    tries        integer NOT NULL,
    tried_at     timestamptz NOT NULL,
    PRIMARY KEY (x_id, org)
);
CREATE INDEX avatars_sha ON avatars (sha256) WHERE sha256 IS NOT NULL;
-- Who has no picture any more: X withdrew it, or the person was erased.
CREATE INDEX persons_without_avatar ON persons (x_id, org) WHERE coalesce(avatar_url, '') = '';

ALTER TABLE avatars ENABLE ROW LEVEL SECURITY;
ALTER TABLE avatars FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orgs ON avatars USING (coalesce(org, '') = ANY ((SELECT current_orgs())::text[]));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'earshot_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON avatars TO earshot_app;
    END IF;
END $$;
