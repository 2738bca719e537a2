import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Enough that two users in the same log never share a hash, in bytes. */
const LENGTH = 12;

/** Hashes are remembered for this many users: one costs as much as writing several lines. */
const REMEMBERED = 5_000;

/**
 * Makes the function from a user's id to what stands for it in the log: HMAC-SHA-256 (RFC 2104), cut to 24 hexadecimal
 * digits. The same user has the same hash wherever the key is the same; without the key nobody can tell, or try out, whose
 * it is.
 *
 * @param key 32 bytes, secret
 */
export function createUserHash(key: Uint8Array): (subject: string) => string {
  const remembered = new LRUCache<string, string>({ max: REMEMBERED });
  return (subject) => {
    let hash = remembered.get(subject);
    if (hash === undefined) {
      hash = createHmac('sha256', key).update(subject).digest().toString('hex', 0, LENGTH);
      remembered.set(subject, hash);
    }
    return hash;
  };
}
