-- People who sign in, and their sessions.

-- writer: api and the command line. The mail address is unique over all organisations: who signs in
-- names no organisation. A user who is deleted keeps id and name, which stand where they worked.
CREATE TABLE users (
    org           text COLLATE "C" NOT NULL,
    user_id       uuid NOT NULL,
    email         text COLLATE "C" UNIQUE,
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('viewer', 'csr', 'lead', 'admin', 'analyst', 'ops')),
    messages      boolean NOT NULL,
    time_zone     text,
    settings      jsonb NOT NULL DEFAULT '{}',
    -- argon2id, PHC form; none until the one-time link was followed
    password      text,
    -- one-time link: hash of its token
    welcome       bytea UNIQUE,
    welcome_until timestamptz,
    disabled_at   timestamptz,
    created_by    text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (user_id, org),
    CHECK ((welcome IS NULL) = (welcome_until IS NULL)),
    CHECK (email IS NOT NULL OR disabled_at IS NOT NULL)
);
CREATE INDEX users_org ON users (org, name, user_id);

-- writer: api. Only the hash of the cookie is kept. A session that is gone has ended: at sign-out, when
-- the user's rights change, when the user is disabled.
CREATE TABLE sessions (
    org        text COLLATE "C" NOT NULL,
    hash       bytea NOT NULL,
    user_id    uuid NOT NULL,
    started_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    PRIMARY KEY (hash, org),
    FOREIGN KEY (user_id, org) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id, org);
CREATE INDEX sessions_used ON sessions (org, used_at);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'sessions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_orgs ON %I '
            'USING (coalesce(org, '''') = ANY ((SELECT current_orgs())::text[]))', t);
        EXECUTE format('CREATE POLICY sign_in ON %I FOR SELECT TO CURRENT_USER USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO earshot_app', t);
    END LOOP;
END $$;

-- Who signs in, follows a link or sends a cookie is looked up before the organisation is known.
CREATE FUNCTION user_by_email(wanted text)
RETURNS TABLE (org text, user_id uuid, password text, disabled_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT u.org, u.user_id, u.password, u.disabled_at FROM users u WHERE u.email = wanted $$;

CREATE FUNCTION user_by_welcome(wanted bytea)
RETURNS TABLE (org text, user_id uuid, welcome_until timestamptz, disabled_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT u.org, u.user_id, u.welcome_until, u.disabled_at FROM users u WHERE u.welcome = wanted $$;

CREATE FUNCTION session_by_hash(wanted bytea)
RETURNS TABLE (org text, user_id uuid, name text, role text, messages boolean, disabled_at timestamptz,
               started_at timestamptz, used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT u.org, u.user_id, u.name, u.role, u.messages, u.disabled_at, s.started_at, s.used_at
        FROM sessions s JOIN users u ON u.user_id = s.user_id AND u.org = s.org
       WHERE s.hash = wanted $$;

-- The name of who did something: users by their name, keys and the rest as they stand. Rows and topics
-- keep `user:<id>`, which stays when the name changes.
CREATE FUNCTION actor_name(wanted_org text, actor text) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT CASE WHEN actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                  THEN coalesce((SELECT u.name FROM users u
                                  WHERE u.user_id = substr(actor, 6)::uuid AND u.org = wanted_org), actor)
                  ELSE actor END $$;

DO $$
BEGIN
    REVOKE ALL ON FUNCTION user_by_email, user_by_welcome, session_by_hash FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION user_by_email, user_by_welcome, session_by_hash TO earshot_app;
END $$;
