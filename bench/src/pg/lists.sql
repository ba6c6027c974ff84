INSERT INTO persons (org, x_id, handle, name, followers)
SELECT 'northwind', n::text, 'h' || n, 'Person ' || n, n % 5000 FROM generate_series(1, 200000) n;
INSERT INTO cases (org, case_id, case_no, status, person_id, origin, priority, follow_up, opened_by, opened_at, revision)
SELECT 'northwind', ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, n, CASE WHEN n % 3 = 0 THEN 'open' ELSE 'closed' END,
       n::text, 'Social', 'medium', true, 'key:bench', now() - interval '2 hours', 1
  FROM generate_series(1, 20000) n;
INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, repost_of_x_id, text, text_complete, handle, author_name,
                   source, posted_at, received_at, recorded_at, deleted_at, thread_id, case_id, closed_at, closed_by, revision, priority_terms)
SELECT 'northwind', gen_random_uuid(), CASE n % 5 WHEN 0 THEN 'message' ELSE 'post' END, (1900000000000000000 + n)::text, p, p, 'inbound',
       CASE n % 5 WHEN 0 THEN 'message' WHEN 1 THEN 'reply' WHEN 2 THEN 'repost' ELSE 'mention' END,
       CASE WHEN n % 5 = 2 THEN (1900000000000000001 + n - n % 12000)::text END,
       'where is my parcel number ' || n || ', it was promised for last week', true, 'h' || p, 'Person ' || p, 'webhook', at, at, at,
       CASE WHEN n % 200 = 7 THEN at + interval '1 minute' END,
       CASE n % 5 WHEN 0 THEN p || '-900' ELSE (n / 3)::text END,
       CASE WHEN n % 10 = 3 THEN ('00000000-0000-0000-0000-' || lpad(to_hex(n % 20000 + 1), 12, '0'))::uuid END,
       CASE WHEN n <= 997500 OR n % 200 = 7 THEN at + interval '30 minutes' END, CASE WHEN n <= 997500 THEN 'key:bench' END, 1,
       '[{"name":"followers","value":0.4},{"name":"question","value":1.0},{"name":"negative","value":0.2}]'
  FROM (SELECT n, ((n::bigint * 7919) % 200000 + 1)::text AS p, now() - (1000000 - n) * interval '20 seconds' AS at
          FROM generate_series(1, 1000000) n) n;
VACUUM ANALYZE items