-- Of 100,000 rows the last 10,000 wait.
INSERT INTO persons (org, x_id, handle, name, followers)
SELECT 'northwind', n::text, 'h' || n, 'Person ' || n, n % 5000 FROM generate_series(1, 200000) n;
INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, text, text_complete, handle, author_name,
                   source, posted_at, received_at, recorded_at, conversation_id, thread_id, closed_at, closed_by, revision, priority_terms)
SELECT 'northwind', gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 'message' ELSE 'post' END, (1900000000000000000 + n)::text,
       n::text, n::text, 'inbound', CASE WHEN n % 10 = 0 THEN 'message' ELSE 'mention' END,
       'where is my parcel number ' || n || ', it was promised for last week', true, 'h' || n, 'Person ' || n, 'webhook',
       at, at, at, CASE WHEN n % 10 <> 0 THEN n::text END, CASE WHEN n % 10 = 0 THEN n || '-900' ELSE n::text END,
       CASE WHEN n <= 90000 THEN at + interval '30 seconds' END, CASE WHEN n <= 90000 THEN 'key:bench' END, 1,
       '[{"name":"followers","value":0.4},{"name":"question","value":1.0},{"name":"negative","value":0.2}]'
  FROM (SELECT n, now() - (100000 - n) * interval '2 seconds' - interval '1 minute' AS at FROM generate_series(1, 100000) n) n;
-- One conversation of 5,000 posts: every tenth is of the same person and waits, one in ten is ours.
INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, text, text_complete, handle, author_name,
                   source, posted_at, received_at, recorded_at, conversation_id, parent_x_id, thread_id, closed_at, closed_by, revision)
SELECT 'northwind', gen_random_uuid(), 'post', (1800000000000000000 + n)::text, author, author,
       CASE n % 10 WHEN 5 THEN 'outbound' ELSE 'inbound' END, CASE n WHEN 1 THEN 'mention' ELSE 'reply' END,
       'part ' || n || ' of a long story: ' || repeat('it went to the wrong address and came back again. ', n % 5 + 1), true,
       'h' || author, 'Person ' || author, 'webhook', at, at, at, '1800000000000000001',
       CASE WHEN n > 1 THEN (1800000000000000000 + greatest(1, n - 1 - n % 7))::text END, '1800000000000000001',
       CASE WHEN n % 10 <> 0 THEN at + interval '30 minutes' END, CASE WHEN n % 10 <> 0 THEN 'key:bench' END, 1
  FROM (SELECT n, now() - (10000 - n) * interval '30 seconds' - interval '5 days' AS at,
               CASE n % 10 WHEN 0 THEN '150000' WHEN 5 THEN '1498213377015349251' ELSE (150001 + n % 900)::text END AS author
          FROM generate_series(1, 5000) n) n;
VACUUM ANALYZE persons;
VACUUM ANALYZE items
