import { ProblemError } from '../contract/problems.ts';

/** Keeps exports from taking all connections: each holds one for as long as its client reads. */
export interface ExportGate {
  /**
   * Lets an export begin.
   *
   * @returns to be called once it has ended
   * @throws ProblemError `service_unavailable` when too many are running, of this user or of all
   */
  readonly enter: (subject: string) => () => void;
}

/** How many exports one user may run at once, however many connections there are. */
const PER_USER = 2;

/**
 * Of all connections, and of those that one user may have, exports leave one free at least, unless there is only one.
 *
 * @param connections how many all requests have
 * @param share how many of them one user has at most
 */
export function createExportGate(connections: number, share: number): ExportGate {
  const limit = Math.max(1, Math.floor(connections / 2));
  const perUser = Math.max(1, Math.min(PER_USER, share - 1));
  const running: string[] = [];
  return {
    enter(subject) {
      const own = running.filter((other) => other === subject).length;
      if (running.length >= limit || own >= perUser) {
        throw new ProblemError('service_unavailable', 'Too many exports are running. Try again.', {
          headers: { 'Retry-After': '5' },
        });
      }
      running.push(subject);
      let hasLeft = false;
      return () => {
        if (!hasLeft) running.splice(running.indexOf(subject), 1);
        hasLeft = true;
      };
    },
  };
}
