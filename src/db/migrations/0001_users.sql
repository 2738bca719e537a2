-- migrate:up

-- One row per token subject that has ever written something. The identity provider owns everything else about a person.
CREATE TABLE users (
  -- The token's `sub`. COLLATE "C": subjects are opaque, so they compare by code point, the same on every server.
  user_id text COLLATE "C" NOT NULL,

  -- The counter from which every entity tag of this user comes: +1 on each write, stamped on the task written.
  -- Updating this row is also the lock that puts the writes of one user in an order.
  revision bigint NOT NULL,

  -- Milliseconds, because that is what the API shows: what is stored is exactly what is sent and compared.
  created_at timestamptz(3) NOT NULL DEFAULT now(),

  CONSTRAINT users_pkey PRIMARY KEY (user_id),

  -- The same bounds as the contract's UserId. char_length counts code points, as JSON Schema does.
  CONSTRAINT users_user_id_length CHECK (char_length(user_id) BETWEEN 1 AND 255),
  CONSTRAINT users_user_id_no_control CHECK (user_id ~ '^[^\u0000-\u001F\u007F]+$'),

  -- 2^53 - 1: above it a JSON number is no longer exact in JavaScript.
  CONSTRAINT users_revision_range CHECK (revision BETWEEN 1 AND 9007199254740991),

  -- Four-digit years only, which is all that RFC 3339 can write. Also refuses 'infinity'.
  CONSTRAINT users_created_at_range CHECK (created_at >= '1000-01-01T00:00:00Z' AND created_at < '10000-01-01T00:00:00Z')
);

-- migrate:down

DROP TABLE users;
