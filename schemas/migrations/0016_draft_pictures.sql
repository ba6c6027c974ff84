-- A draft names its picture as everything does: by the digest of its bytes. No draft could have one
-- before: what was uploaded never had a uuid.

ALTER TABLE drafts ALTER COLUMN media_id TYPE text COLLATE "C" USING media_id::text;
