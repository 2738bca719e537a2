-- migrate:up

-- Visible ASCII, as the contract's IdempotencyKey. Keys are gone after a day, so there are few to check.
ALTER TABLE idempotency_keys
  ADD CONSTRAINT idempotency_keys_key_visible CHECK (key ~ '^[\u0021-\u007E]+$');

-- migrate:down

ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_key_visible;
