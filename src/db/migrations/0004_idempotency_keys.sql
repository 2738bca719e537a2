-- migrate:up

-- What was answered under an Idempotency-Key, written in the transaction of the write itself: either both happened or neither.
CREATE TABLE idempotency_keys (
  user_id text COLLATE "C" NOT NULL,
  -- The operationId: the same key means nothing to another operation.
  operation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,

  -- SHA-256 of the request, by which a repeat is told from another request under the same key.
  fingerprint bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),

  -- The answer, byte for byte. Absent only inside the transaction that is about to give it.
  status integer,
  headers json,
  body text,

  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, operation, key),
  -- Deferred, because the key is taken before the first write of a user makes the user's row.
  CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
  CONSTRAINT idempotency_keys_operation_length CHECK (char_length(operation) BETWEEN 1 AND 64),
  CONSTRAINT idempotency_keys_fingerprint_length CHECK (octet_length(fingerprint) = 32),
  CONSTRAINT idempotency_keys_status_range CHECK (status BETWEEN 200 AND 299)
);

-- For the sweep of what is older than a day.
CREATE INDEX idempotency_keys_by_created_at ON idempotency_keys (created_at);

-- migrate:down

DROP TABLE idempotency_keys;
