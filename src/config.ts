import type { LevelWithSilent } from 'pino';
import { z } from 'zod';
import { isNeon, isNeonPooler } from './db/neon-hosts.ts';
import { isRateLimit, parseRateLimit, type RateLimit } from './http/limits/rate-limit.ts';
import { parseTracing } from './telemetry/tracing-settings.ts';

const LEVELS = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
] as const satisfies LevelWithSilent[];

/** What the driver can keep to. libpq's `prefer` and `allow` are a promise of nothing. */
const SSL_MODES = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'];

/** Everything that can be set from outside, checked. The README says what each variable means. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly databasePoolMax: number;
  /** Milliseconds. */
  readonly databasePoolWait: number;
  readonly databasePooler: boolean;
  readonly databaseDriver: 'tcp' | 'neon';
  readonly databaseSleeps: boolean;
  /** `undefined`: Neon's own. */
  readonly databaseWsProxy: URL | undefined;
  readonly jwtSecret: string | undefined;
  readonly jwksUrl: URL | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly logLevel: LevelWithSilent;
  readonly trustProxy: number;
  readonly validateResponses: boolean;
  /** Origins as browsers write them: scheme, host, and port unless it is the scheme's own. */
  readonly corsOrigins: readonly string[];
  /** `undefined`: no limit. */
  readonly rateLimit: RateLimit | undefined;
  readonly redisUrl: string | undefined;
  /** Whether requests are refused when there are too many. */
  readonly shedLoad: boolean;
  readonly requireIfMatch: boolean;
  readonly logKey: string | undefined;
  /** Where the metrics are; `undefined`: nowhere, and nothing is measured. */
  readonly metricsPort: number | undefined;
  /** `undefined`: the same as the host. */
  readonly metricsHost: string | undefined;
  /** Whether traces are exported. */
  readonly tracing: boolean;
}

/** What is wrong with the configuration: all of it, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(problems: readonly string[]) {
    super(['The configuration is not valid:', ...problems.map((line) => `  ${line}`)].join('\n'));
  }
}

const text = z.string().min(1);
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine(
      (value) => value >= min && value <= max,
      `must be between ${String(min)} and ${String(max)}`,
    );

const hasCredentials = (value: string) => {
  const parsed = URL.parse(value);
  return Boolean(parsed?.username) || Boolean(parsed?.password);
};

const url = (...protocols: string[]) =>
  z.string().refine((value) => isUrl(value, protocols), {
    message: `must be a URL that begins with ${protocols.map((name) => `${name}//`).join(' or ')}, with a host`,
  });

const onOff = z.enum(['on', 'off']);

/** `auto` is whatever fits the rest. */
const autoOnOff = z.enum(['auto', 'on', 'off']).default('auto');

/** Whether it is an origin in the form in which a browser sends it, so that it can be compared. */
const isOrigin = (value: string) =>
  /^https?:$/.test(URL.parse(value)?.protocol ?? '') &&
  URL.parse(value)?.origin === value &&
  !value.includes('*');

const isUrl = (value: string, protocols: readonly string[]) => {
  const parsed = URL.parse(value);
  if (!parsed || !protocols.includes(parsed.protocol) || !parsed.hostname) return false;
  return [parsed.username, parsed.password, parsed.pathname].every(isDecodable);
};

const isDecodable = (text: string) => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

const variables = z.object({
  HOST: text.default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  DATABASE_URL: url('postgres:', 'postgresql:').refine(
    (value) => SSL_MODES.includes(URL.parse(value)?.searchParams.get('sslmode') ?? 'disable'),
    `must have an sslmode of ${SSL_MODES.join(', ')}, or none`,
  ),
  DATABASE_POOL_MAX: integer(1, 1000).default(10),
  DATABASE_POOL_WAIT: integer(1, 60_000).default(500),
  DATABASE_POOLER: autoOnOff,
  DATABASE_DRIVER: z.enum(['auto', 'tcp', 'neon']).default('auto'),
  DATABASE_SLEEPS: autoOnOff,
  DATABASE_WS_PROXY: url('wss:', 'ws:').optional(),
  JWT_SECRET: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, 'must be 32 bytes or more')
    .optional(),
  JWKS_URL: url('https:', 'http:')
    .refine((value) => !hasCredentials(value), 'must not contain a user name or password')
    .optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  LOG_LEVEL: z.enum(LEVELS).default('info'),
  TRUST_PROXY: integer(0, 100).default(0),
  VALIDATE_RESPONSES: onOff.default('off'),
  CORS_ORIGINS: z
    .string()
    .transform((value) => value.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin),
      'must be origins such as https://app.example.com, separated by commas',
    )
    .default([]),
  RATE_LIMIT: z
    .string()
    .refine(isRateLimit, 'must be requests/seconds, such as 100/60, or off')
    .default('100/60'),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  SHED_LOAD: onOff.default('on'),
  REQUIRE_IF_MATCH: onOff.default('off'),
  LOG_KEY: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, 'must be 32 bytes or more')
    .optional(),
  METRICS_PORT: integer(0, 65_535).optional(),
  METRICS_HOST: text.optional(),
});

/**
 * Reads the configuration from environment variables. An empty variable counts as not set.
 *
 * @throws ConfigError that lists everything wrong, by variable; it repeats no value, since some are secret
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(variables.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const { data, error } = variables.safeParse(given);
  const tracing = parseTracing(env);
  const problems = [
    ...(error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${explain(issue, given)}`),
    ...keySourceProblems(given),
    ...proxyProblems(given),
    ...tracing.problems,
  ];
  if (!data || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    databasePoolMax: data.DATABASE_POOL_MAX,
    databasePoolWait: data.DATABASE_POOL_WAIT,
    ...chooseDatabase(data),
    jwtSecret: data.JWT_SECRET,
    jwksUrl: data.JWKS_URL === undefined ? undefined : new URL(data.JWKS_URL),
    jwtIssuer: data.JWT_ISSUER,
    jwtAudience: data.JWT_AUDIENCE,
    logLevel: data.LOG_LEVEL,
    trustProxy: data.TRUST_PROXY,
    validateResponses: data.VALIDATE_RESPONSES === 'on',
    corsOrigins: data.CORS_ORIGINS,
    rateLimit: parseRateLimit(data.RATE_LIMIT),
    redisUrl: data.REDIS_URL,
    shedLoad: data.SHED_LOAD === 'on',
    requireIfMatch: data.REQUIRE_IF_MATCH === 'on',
    logKey: data.LOG_KEY,
    metricsPort: data.METRICS_PORT,
    metricsHost: data.METRICS_HOST,
    tracing: tracing.enabled,
  });
}

type Variables = z.infer<typeof variables>;

/** What `auto` means: everything as Neon needs it at Neon's hosts, and nothing of it elsewhere. */
function chooseDatabase({
  DATABASE_URL,
  DATABASE_POOLER,
  DATABASE_DRIVER,
  DATABASE_SLEEPS,
  DATABASE_WS_PROXY,
}: Variables) {
  const isOn = (value: 'auto' | 'on' | 'off', otherwise: boolean) =>
    value === 'auto' ? otherwise : value === 'on';
  return {
    databasePooler: isOn(DATABASE_POOLER, isNeonPooler(DATABASE_URL)),
    databaseDriver: chooseDriver(DATABASE_DRIVER, DATABASE_URL),
    databaseSleeps: isOn(DATABASE_SLEEPS, isNeon(DATABASE_URL)),
    databaseWsProxy: DATABASE_WS_PROXY === undefined ? undefined : new URL(DATABASE_WS_PROXY),
  } as const;
}

function chooseDriver<Driver extends string>(given: Driver | 'auto', databaseUrl: string) {
  if (given !== 'auto') return given;
  return isNeon(databaseUrl) ? 'neon' : 'tcp';
}

function explain(issue: z.core.$ZodIssue, given: object): string {
  if (!(String(issue.path[0]) in given)) return 'is required';
  return issue.code === 'invalid_value'
    ? `must be one of ${issue.values.join(', ')}`
    : issue.message;
}

/** Neon's driver takes it from the WebSocket whether anything is encrypted, and needs to know where one is. */
function proxyProblems(given: Readonly<Record<string, string>>): string[] {
  const { DATABASE_URL = '', DATABASE_DRIVER = 'auto', DATABASE_WS_PROXY } = given;
  if (chooseDriver(DATABASE_DRIVER, DATABASE_URL) !== 'neon') return [];
  if (!DATABASE_WS_PROXY) {
    return isNeon(DATABASE_URL)
      ? []
      : ['DATABASE_WS_PROXY is required with DATABASE_DRIVER=neon, unless the host is one of Neon'];
  }
  if (URL.parse(DATABASE_WS_PROXY)?.protocol !== 'ws:') return [];
  if (isNeon(DATABASE_URL)) {
    return [
      'DATABASE_WS_PROXY must begin with wss:// when the host of DATABASE_URL is one of Neon',
    ];
  }
  const sslMode = URL.parse(DATABASE_URL)?.searchParams.get('sslmode') ?? 'disable';
  return sslMode === 'disable'
    ? []
    : ['DATABASE_WS_PROXY must begin with wss:// when the sslmode of DATABASE_URL is to encrypt'];
}

/** The rules that join variables. They are checked whatever else is wrong. */
function keySourceProblems(given: Readonly<Record<string, string>>): string[] {
  if (!given.JWT_SECRET && !given.JWKS_URL) {
    return ['JWT_SECRET or JWKS_URL is required, or both while moving from one to the other'];
  }
  if (!given.JWKS_URL) return [];
  return ['JWT_ISSUER', 'JWT_AUDIENCE'].flatMap((name) =>
    given[name] ? [] : [`${name} is required with JWKS_URL`],
  );
}
