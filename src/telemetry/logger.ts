import { pino, type Logger, type LevelWithSilent } from 'pino';

/** The log: one JSON object a line, on standard output. */
export function createLogger(level: LevelWithSilent): Logger {
  return pino({
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    base: null,
  });
}
