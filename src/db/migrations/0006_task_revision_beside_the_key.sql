-- migrate:up

-- The revision lies beside the key, so that the index alone can say which revision a task is at: that is all that 304 takes.
-- A change of a task makes a new entry in every index anyway, because updated_at is in one; so this costs eight bytes an
-- entry, and no entry more.
ALTER TABLE tasks
  DROP CONSTRAINT tasks_pkey,
  ADD CONSTRAINT tasks_pkey PRIMARY KEY (user_id, id) INCLUDE (revision);

-- migrate:down

ALTER TABLE tasks
  DROP CONSTRAINT tasks_pkey,
  ADD CONSTRAINT tasks_pkey PRIMARY KEY (user_id, id);
