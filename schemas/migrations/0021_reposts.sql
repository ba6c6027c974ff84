-- Reposts of one post are one row of the list, whoever reposted it (docs/adr/0012).

-- The key of an item's row, as schemas::changes::row says it.
CREATE FUNCTION row_key(kind text, person text, thread text, repost_of text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN kind = 'message' THEN 'm.' || thread
                  WHEN repost_of IS NOT NULL THEN 'r.' || repost_of
                  ELSE 'p.' || person || '.' || thread END COLLATE "C" $$;

CREATE INDEX items_reposts ON items (repost_of_x_id COLLATE "C", org) WHERE repost_of_x_id IS NOT NULL;

-- The items of a row: of a person in a thread, of a thread of messages, or the reposts of a post. What does
-- not apply is '', which nothing has: of a null, or of a condition on the arguments alone, the planner makes
-- a parallel scan that is started and never runs. Inlined, so that each branch reads the index of its own.
CREATE FUNCTION row_items(wanted_org text, person text, thread text, messages text, repost_of text)
RETURNS SETOF items LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT * FROM items p
       WHERE p.org = wanted_org AND p.person_id = person AND p.thread_id = thread
         AND p.kind = 'post' AND p.repost_of_x_id IS NULL
      UNION ALL
      SELECT * FROM items m WHERE m.org = wanted_org AND m.thread_id = messages AND m.kind = 'message'
      UNION ALL
      SELECT * FROM items r
       WHERE r.org = wanted_org AND r.repost_of_x_id = repost_of COLLATE "C" AND r.kind = 'post' $$;
