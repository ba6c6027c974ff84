-- Rows of the list with a reply that failed, or of which nobody knows whether it is on X, and nothing
-- that was posted since. Bound by row-level security, as who asks.
CREATE FUNCTION not_sent(wanted_org text) RETURNS text[] LANGUAGE sql STABLE
    RETURN ARRAY (
        SELECT DISTINCT r.thread_key FROM replies r
         WHERE r.org = wanted_org AND r.state IN ('failed', 'unknown') AND r.kind IN ('public', 'message')
           AND NOT EXISTS (SELECT FROM replies p WHERE p.thread_key = r.thread_key AND p.org = r.org
                              AND p.state = 'posted' AND p.created_at > r.created_at));
