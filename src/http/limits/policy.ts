import { ProblemError } from '../../contract/problems.ts';
import type { RateLimit } from './rate-limit.ts';
import type { SharedCounters } from './shared-counters.ts';
import { createWindows, type Window } from './windows.ts';

/** The fields on an answer of a limited operation; none of them when there is no limit. */
export type LimitHeaders = Readonly<Partial<Record<'RateLimit' | 'RateLimit-Policy', string>>>;

/** One rule: how much each of those who fall under it may do. */
export interface Policy {
  /**
   * Refuses who is known to have used up the limit. It counts nothing, and asks nobody.
   *
   * @param who asked for only where something is counted at the moment
   * @throws ProblemError `rate_limited`
   */
  check(who: () => string): void;
  /**
   * How things stand, as far as this process knows. It counts nothing, and asks nobody.
   *
   * @param who asked for only where something is counted at the moment
   */
  state(who: () => string): LimitHeaders;
  /**
   * Counts one. Where several processes count together, nobody is asked of who is known to have used up the limit.
   *
   * @returns a promise only where somebody is asked: it would cost more than to count
   * @throws ProblemError `rate_limited` when that is more than the limit, or rejects with it
   */
  count(who: string): LimitHeaders | Promise<LimitHeaders>;
}

/** What a limit is a limit of: the name in the header fields, in the keys in Redis, and in the metrics. */
export type PolicyName = 'user' | 'address';

interface PolicyOptions {
  readonly name: PolicyName;
  readonly limit: RateLimit;
  /** What a refusal tells the client. */
  readonly refusal: string;
  readonly shared: SharedCounters | undefined;
  /** What stands for somebody in the shared counters. */
  readonly sharedKey: (who: string) => string;
  /** A clock, in milliseconds, that never goes back. */
  readonly now: () => number;
  readonly onDecision?: OnDecision | undefined;
}

/** Called with every decision; `isFallback` says that the shared counters should have counted and did not. */
export type OnDecision = (
  policy: PolicyName,
  outcome: 'allowed' | 'refused',
  isFallback: boolean,
) => void;

/**
 * Makes a policy that counts in Redis, or in memory when there is none or while it fails.
 *
 * What Redis answers is also kept in memory: who has used up the limit is refused without asking again, and when Redis
 * fails the counting goes on from what was last known.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { name, limit, refusal, shared, sharedKey, now, onDecision } = options;
  const windows = createWindows(limit.seconds * 1000, now);
  const quota = `"${name}";q=${limit.requests};w=${limit.seconds}`;

  /** Whole seconds, rounded up: `t` and `Retry-After` must not name a time before the window ends. */
  function secondsLeft({ endsAt }: Window): number {
    return Math.max(1, Math.ceil((endsAt - now()) / 1000));
  }

  /** Both fields as draft-ietf-httpapi-ratelimit-headers-11 has them. */
  function headers(window: Window) {
    const available = Math.max(0, limit.requests - window.consumed);
    return {
      RateLimit: `"${name}";r=${available};t=${secondsLeft(window)}`,
      'RateLimit-Policy': quota,
    };
  }

  function refuse(window: Window, isFallback = false): never {
    onDecision?.(name, 'refused', isFallback);
    throw new ProblemError('rate_limited', refusal, {
      headers: { ...headers(window), 'Retry-After': String(secondsLeft(window)) },
    });
  }

  function refuseExhausted(window: Window | undefined): void {
    if (window !== undefined && window.consumed >= limit.requests) refuse(window, shared?.isAway());
  }

  function decide(window: Window, isFallback = false) {
    if (window.consumed > limit.requests) refuse(window, isFallback);
    onDecision?.(name, 'allowed', isFallback);
    return headers(window);
  }

  return {
    check(who) {
      if (!windows.isEmpty()) refuseExhausted(windows.get(who()));
    },
    state(who) {
      const known = windows.isEmpty() ? undefined : windows.get(who());
      return headers(known ?? { consumed: 0, endsAt: now() + limit.seconds * 1000 });
    },
    count(who) {
      if (!shared) return decide(windows.count(who));
      refuseExhausted(windows.get(who));
      return shared
        .count(`${name}:${sharedKey(who)}`)
        .then((counted) =>
          counted ? decide(windows.set(who, counted)) : decide(windows.count(who), true),
        );
    },
  };
}
