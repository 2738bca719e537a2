import type { Logger } from 'pino';
import type { OverloadReason } from './overload.ts';

/** How many refusals a second have a line in the log. In an overload that lasts, most of a refusal would be its line. */
const LINES = 100;

/** How long the lines are for, in milliseconds, from the first on. */
const WINDOW = 1_000;

/** Says which refusals have a line of their own. */
export interface LineQuota {
  /** @returns whether this one has; if not, it is counted */
  readonly take: (reason: OverloadReason) => boolean;
  /** Ends the present second: says how many had none. */
  readonly end: () => void;
}

/** The first of each second have a line, and one line at its end has the number of the others, for each reason. */
export function createLineQuota(logger: Pick<Logger, 'warn'>): LineQuota {
  let taken = 0;
  let left = new Map<OverloadReason, number>();
  let timer: NodeJS.Timeout | undefined;

  const end = () => {
    clearTimeout(timer);
    timer = undefined;
    taken = 0;
    for (const [reason, refused] of left) {
      logger.warn({ refused, reason }, 'refused without a line for each');
    }
    left = new Map();
  };

  return {
    take(reason) {
      timer ??= setTimeout(end, WINDOW).unref();
      taken += 1;
      if (taken <= LINES) return true;
      left.set(reason, (left.get(reason) ?? 0) + 1);
      return false;
    },
    end,
  };
}
