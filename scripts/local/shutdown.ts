/** Whether, and how urgently, we have been asked to stop. */
export interface Shutdown {
  /** Resolves at the first request. */
  readonly requested: Promise<undefined>;
  isRequested(): boolean;
  /** What to do when asked again: stop waiting for anything. */
  onHurry(action: () => void): void;
  /** Lets the process end, and be ended by signals again. */
  dispose(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const parentPollInterval = 200;

// npm passes on the SIGINT that the terminal has sent us as well, so one Ctrl-C may arrive twice.
const sameRequest = 500;

/** Takes over Ctrl-C, SIGTERM, the closing of the terminal, and the death of the npm that started us. */
export function watchForShutdown(): Shutdown {
  const { promise: requested, resolve } = Promise.withResolvers<undefined>();
  let firstRequest: number | undefined;
  let hurry = (): void => undefined;

  const request = (): void => {
    const now = Date.now();
    if (firstRequest === undefined) {
      firstRequest = now;
      resolve(undefined);
    } else if (now - firstRequest > sameRequest) {
      hurry();
    }
  };
  for (const name of signals) process.on(name, request);
  const parentWatch = watchParent(request);

  return {
    requested,
    isRequested: () => firstRequest !== undefined,
    onHurry(action) {
      hurry = action;
    },
    dispose() {
      for (const name of signals) process.off(name, request);
      clearInterval(parentWatch);
    },
  };
}

/**
 * A killed npm cannot tell us, and we would keep its port for ever. Only under npm: a shell that starts us in the
 * background may well end before us.
 */
function watchParent(request: () => void): NodeJS.Timeout | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    request();
  }, parentPollInterval);
  return watch.unref();
}
