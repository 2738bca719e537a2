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

/** How many exports one user may run at once. */
const PER_USER = 2;

/** @param limit how many exports may run at once in this process */
export function createExportGate(limit: number): ExportGate {
  const running: string[] = [];
  return {
    enter(subject) {
      const own = running.filter((other) => other === subject).length;
      if (running.length >= limit || own >= PER_USER) {
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
