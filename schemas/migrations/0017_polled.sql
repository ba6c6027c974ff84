-- When a feed was last read to its end, whether it brought something or not: how far a cursor is behind.
ALTER TABLE poll_cursors ADD COLUMN polled_at timestamptz;
