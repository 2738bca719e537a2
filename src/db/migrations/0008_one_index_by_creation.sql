-- migrate:up

-- What 0007 has made does all that this one did. Everybody waits behind a drop that waits for a long export: rather than that it
-- fails, having changed nothing, and is to be tried again.
SET LOCAL lock_timeout = '2s';
DROP INDEX tasks_by_created_at;

-- migrate:down

CREATE INDEX tasks_by_created_at ON tasks (user_id, created_at, id);
