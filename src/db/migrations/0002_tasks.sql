-- migrate:up

CREATE TABLE tasks (
  -- The owner comes first in every key: each statement names one user, so a user's tasks lie together (and could be
  -- distributed by user later without another primary key).
  user_id text COLLATE "C" NOT NULL,
  -- UUIDv7, made by the application.
  id uuid NOT NULL,

  -- COLLATE "C": sorting by title is by code point, so that a cursor means the same on every server and after an upgrade
  -- of the operating system's locale data.
  title text COLLATE "C" NOT NULL,
  description text COLLATE "C",

  -- Milliseconds, because that is what the API shows: a cursor made from a shown value finds the same row again.
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  -- When the task was completed. `completed` in the API is `completed_at IS NOT NULL`: one fact, kept once.
  completed_at timestamptz(3),

  -- The value of users.revision at the last write of this task; its strong entity tag.
  revision bigint NOT NULL,

  CONSTRAINT tasks_pkey PRIMARY KEY (user_id, id),
  -- Deleting a user deletes the tasks. The primary key above is the index that this needs.
  CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE,

  -- The same bounds as the contract's Title and Description. char_length counts code points, as JSON Schema does.
  CONSTRAINT tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 255),
  -- Character for character the contract's pattern: at least one character that is neither blank (Unicode's White_Space,
  -- and the byte order mark) nor NUL. In PostgreSQL's regular expressions, as in the contract's, a line break is an
  -- ordinary character, so `$` matches at the very end only.
  CONSTRAINT tasks_title_not_blank CHECK (title ~ '^[\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]*[^\u0000\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF][^\u0000]*$'),
  CONSTRAINT tasks_description_length CHECK (char_length(description) <= 10000),

  -- 2^53 - 1: above it a JSON number is no longer exact in JavaScript.
  CONSTRAINT tasks_revision_range CHECK (revision BETWEEN 1 AND 9007199254740991),

  -- Four-digit years only, which is all that RFC 3339 can write. Also refuses 'infinity'. Nothing says that updated_at
  -- follows created_at: clocks step back, and that must not refuse a write.
  CONSTRAINT tasks_created_at_range CHECK (created_at >= '1000-01-01T00:00:00Z' AND created_at < '10000-01-01T00:00:00Z'),
  CONSTRAINT tasks_updated_at_range CHECK (updated_at >= '1000-01-01T00:00:00Z' AND updated_at < '10000-01-01T00:00:00Z'),
  CONSTRAINT tasks_completed_at_range CHECK (completed_at >= '1000-01-01T00:00:00Z' AND completed_at < '10000-01-01T00:00:00Z')
);

-- One index per offered sort. A btree is read forwards for `sort=created_at` and backwards for `sort=-created_at`, so one
-- serves both directions; `id` breaks ties and makes each position in the order a single row, which keyset paging needs.
-- The widest row, 255 four-byte characters of user_id and of title, takes 2.1 kB; a btree takes up to 2.7 kB.
CREATE INDEX tasks_by_created_at ON tasks (user_id, created_at, id);
CREATE INDEX tasks_by_updated_at ON tasks (user_id, updated_at, id);
CREATE INDEX tasks_by_title ON tasks (user_id, title, id);

-- migrate:down

DROP TABLE tasks;
