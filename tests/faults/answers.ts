import { expect } from '@jest/globals';
import type { Answer } from '../support/client.ts';
import { expectProblem } from '../support/scenarios.ts';

/** What only somebody who looks into the database would know. */
const INTERNALS =
  /slonik|postgres|sqlstate|\bsql\b|select|insert|relation|constraint|deadlock|serializ|timeout|terminat|users_|tasks_|_key\b|_keys\b|econn|127\.0\.0\.1|secret/i;

/** Fails when the answer, in its body or in its headers, says what is inside. */
export function expectNothingLeaks({ text, headers }: Answer): void {
  expect(text).not.toMatch(INTERNALS);
  const sent = [...headers].filter(([name]) => name !== 'keep-alive').join('\n');
  expect(sent).not.toMatch(INTERNALS);
}

/** Fails unless the answer says no more than that it is worth trying again, and when. */
export function expectUnavailable(answer: Answer): void {
  expectProblem(answer, 503, 'service_unavailable');
  expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expectNothingLeaks(answer);
}
