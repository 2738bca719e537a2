import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { OnDecision, PolicyName } from '../http/limits/policy.ts';
import type { OverloadReason } from '../http/overload.ts';
import { createDatabaseMetrics, type DatabaseMetrics } from './database-metrics.ts';
import { createHttpMetrics, type MeasureRequest } from './http-metrics.ts';
import { createTallyCounter } from './tally.ts';

/** Everything that is measured, in a registry of its own. */
export interface Metrics {
  /** What there is to scrape. */
  readonly registry: Registry;
  readonly measureRequest: MeasureRequest;
  readonly database: DatabaseMetrics;
  /** Counts what a rate limit decided; `isFallback` says that Redis should have been asked and was not there. */
  readonly countLimitDecision: OnDecision;
  /** Whether limits are counted in this process because Redis fails. */
  readonly setLimitFallback: (active: boolean) => void;
  /** Counts a request that was refused because there were too many. */
  readonly countRefusal: (reason: OverloadReason) => void;
  /** Counts whether a token was among those verified before. */
  readonly countTokenLookup: (isHit: boolean) => void;
}

/**
 * The metrics of one server, named as Prometheus has it (https://prometheus.io/docs/practices/naming/). The label values of
 * our own metrics are all known beforehand: no client can make a new series.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const decisions = createTallyCounter({
    name: 'rate_limit_decisions_total',
    help: 'What the rate limits decided: of users their requests, of addresses their failed authentications.',
    labelNames: ['policy', 'outcome'],
    registers,
  });
  const fallbackDecisions = new Counter({
    name: 'rate_limit_fallback_decisions_total',
    help: 'Those decisions that this process took alone because Redis did not answer.',
    labelNames: ['policy'],
    registers,
  });
  const countsOf = (policy: PolicyName) => {
    fallbackDecisions.inc({ policy }, 0);
    const allowed = decisions.series({ policy, outcome: 'allowed' });
    return { allowed, refused: decisions.series({ policy, outcome: 'refused' }) };
  };
  const countDecision = { user: countsOf('user'), address: countsOf('address') };
  const fallback = new Gauge({
    name: 'rate_limit_fallback',
    help: '1 while limits are counted in this process because Redis does not answer.',
    registers,
  });
  const refusals = createTallyCounter({
    name: 'http_requests_refused_total',
    help: 'Requests that were refused because there were too many, by what was overloaded. Nothing else counts them.',
    labelNames: ['reason'],
    registers,
  });
  const countRefusalOf = {
    database: refusals.series({ reason: 'database' }),
    event_loop: refusals.series({ reason: 'event_loop' }),
  };
  const lookups = createTallyCounter({
    name: 'cache_lookups_total',
    help: 'Look-ups in caches, by whether they found something.',
    labelNames: ['cache', 'result'],
    registers,
  });
  const countHit = lookups.series({ cache: 'verified_token', result: 'hit' });
  const countMiss = lookups.series({ cache: 'verified_token', result: 'miss' });

  return {
    registry,
    measureRequest: createHttpMetrics(registry),
    database: createDatabaseMetrics(registry),
    countLimitDecision(policy, outcome, isFallback) {
      countDecision[policy][outcome]();
      if (isFallback) fallbackDecisions.inc({ policy });
    },
    countRefusal(reason) {
      countRefusalOf[reason]();
    },
    setLimitFallback: (active) => fallback.set(active ? 1 : 0),
    countTokenLookup(isHit) {
      if (isHit) countHit();
      else countMiss();
    },
  };
}
