import { prettyFactory } from 'pino-pretty';

interface PrettyOptions {
  readonly colors: boolean;
}

/** What the line of a request begins with; the rest follows as it is. */
const SHOWN_FIRST = ['method', 'status', 'operation', 'duration_ms', 'problem'];

/** What says nothing new to somebody who watches one server. */
const HIDDEN = ['level', 'time', 'msg', 'trace_id', 'parent_span_id', 'err'];

/**
 * Makes the function from a line of the server's log to what people read: one line, and the stack below it where there is
 * one. What is not JSON passes through. Control characters are written as escapes, for a terminal would obey them.
 */
export function createPrettyLog({ colors }: PrettyOptions): (line: string) => string {
  const pretty = prettyFactory({
    colorize: colors,
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
    messageFormat: (log) => formatLine(log),
  });
  return (line) => (isObject(line) ? pretty(line) : `${escape(line)}\n`);
}

/** pino-pretty passes through what it cannot read, control characters and all. */
function isObject(line: string): boolean {
  try {
    return line.startsWith('{') && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

function formatLine(log: Readonly<Record<string, unknown>>): string {
  const isRequest = log.msg === 'request';
  const first = isRequest ? SHOWN_FIRST : [];
  const rest = Object.entries(log).filter(
    ([name, value]) => value !== undefined && ![...first, ...HIDDEN].includes(name),
  );
  const { stack, ...err } = asObject(log.err);
  const parts = [
    ...(isRequest ? requestParts(log) : [log.msg]),
    ...rest.map(([name, value]) => `${name}=${text(value)}`),
    ...(log.err === undefined ? [] : [`err=${text(err)}`]),
  ];
  const frames = typeof stack === 'string' ? stack.split('\n') : [];
  return [parts.map(text).join(' '), ...frames].map(escape).join('\n');
}

function requestParts({
  method,
  status,
  operation,
  duration_ms,
  problem,
}: Readonly<Record<string, unknown>>): unknown[] {
  return [
    method,
    status ?? 'aborted',
    operation ?? 'no operation',
    `${text(duration_ms)} ms`,
    ...(problem === undefined ? [] : [problem]),
  ];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function escape(line: string): string {
  return line.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
