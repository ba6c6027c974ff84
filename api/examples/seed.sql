INSERT INTO persons (org, x_id, handle, name) VALUES ('acme', '30', 'lea', 'Lea Kurz') ON CONFLICT DO NOTHING;
INSERT INTO customers (org, customer_id, name, email, created_by, created_at, updated_at)
VALUES ('acme', '00000000-0000-0000-0000-0000000000c1', 'Lea Kurz', 'lea@example.com', 'seed', '2026-01-01Z', '2026-01-01Z')
ON CONFLICT DO NOTHING;
INSERT INTO codes (org, kind, code, label) VALUES ('acme', 'reason', 'late', 'Late'), ('acme', 'resolution', 'refund', 'Refund')
ON CONFLICT DO NOTHING;
INSERT INTO items (org, item_id, kind, x_id, author_id, person_id, direction, post_type, text, text_complete, source,
                   posted_at, received_at, recorded_at, thread_id, revision)
SELECT 'acme', ('00000000-0000-0000-0000-0000000001' || lpad(n::text, 2, '0'))::uuid, CASE n % 5 WHEN 0 THEN 'message' ELSE 'post' END,
       n::text, '30', '30', 'inbound', CASE n % 5 WHEN 0 THEN 'message' ELSE 'mention' END, 'where is it ' || n, true, 'webhook',
       '2026-11-01Z'::timestamptz + n * interval '1 hour', '2026-11-01Z', '2026-11-01Z', CASE n % 5 WHEN 0 THEN '30-900' ELSE (n % 7)::text END, 1
  FROM generate_series(1, 40) n
ON CONFLICT DO NOTHING
