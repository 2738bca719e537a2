-- migrate:up

-- When the user asked for everything to be erased; tokens issued before stay dead. The row outlives the data for that, and
-- so that the revision goes on counting: an entity tag from before can never match something written after.
-- created_at is later than erased_at when the user has come back since.
ALTER TABLE users
  ADD COLUMN erased_at timestamptz(3),
  ADD CONSTRAINT users_erased_at_range CHECK (erased_at >= '1000-01-01T00:00:00Z' AND erased_at < '10000-01-01T00:00:00Z');

-- migrate:down

ALTER TABLE users DROP COLUMN erased_at;
