-- When a row came, by the server's clock. writer: whoever adds the row, by the default alone; reader:
-- the relay, for `earshot_relay_outbox_age_seconds`. No decision rests on it.
ALTER TABLE outbox ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();
