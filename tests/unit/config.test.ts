import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../../src/config.ts';

const SECRET = 'a-secret-of-32-bytes-or-more-1234';
const REQUIRED = { DATABASE_URL: 'postgres://db.test/todo', JWT_SECRET: SECRET };
const JWKS = {
  DATABASE_URL: 'postgres://db.test/todo',
  JWKS_URL: 'https://id.test/jwks',
  JWT_ISSUER: 'https://id.test',
  JWT_AUDIENCE: 'todo',
};

/** The lines under the heading of the error that an environment is refused with. */
function complaints(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [heading, ...lines] = error.message.split('\n');
    expect(heading).toBe('The configuration is not valid:');
    return lines.map((line) => line.trim());
  }
  return [];
}

describe('parseConfig', () => {
  test('fills in every default when only what is required is set', () => {
    expect(parseConfig(REQUIRED)).toStrictEqual({
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: 'postgres://db.test/todo',
      databasePoolMax: 10,
      databasePoolWait: 500,
      databasePooler: false,
      databaseDriver: 'tcp',
      databaseSleeps: false,
      databaseWsProxy: undefined,
      jwtSecret: SECRET,
      jwksUrl: undefined,
      jwtIssuer: undefined,
      jwtAudience: undefined,
      logLevel: 'info',
      trustProxy: 0,
      validateResponses: false,
      corsOrigins: [],
      rateLimit: { requests: 100, seconds: 60 },
      redisUrl: undefined,
      shedLoad: true,
      requireIfMatch: false,
      logKey: undefined,
      metricsPort: undefined,
      metricsHost: undefined,
      tracing: false,
    });
  });

  test('reads every variable', () => {
    const env = {
      ...JWKS,
      HOST: '0.0.0.0',
      PORT: '8080',
      DATABASE_POOL_MAX: '25',
      DATABASE_POOL_WAIT: '250',
      DATABASE_POOLER: 'on',
      DATABASE_DRIVER: 'neon',
      DATABASE_SLEEPS: 'on',
      DATABASE_WS_PROXY: 'wss://proxy.test/v1',
      JWT_SECRET: SECRET,
      LOG_LEVEL: 'debug',
      TRUST_PROXY: '2',
      VALIDATE_RESPONSES: 'on',
      CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
      RATE_LIMIT: '7/2',
      REDIS_URL: 'rediss://:password@cache.test:6380/1',
      SHED_LOAD: 'off',
      REQUIRE_IF_MATCH: 'on',
      LOG_KEY: SECRET,
      METRICS_PORT: '9464',
      METRICS_HOST: '10.0.0.1',
      OTEL_TRACES_EXPORTER: 'otlp',
    };
    expect(parseConfig(env)).toStrictEqual({
      host: '0.0.0.0',
      port: 8080,
      databaseUrl: 'postgres://db.test/todo',
      databasePoolMax: 25,
      databasePoolWait: 250,
      databasePooler: true,
      databaseDriver: 'neon',
      databaseSleeps: true,
      databaseWsProxy: new URL('wss://proxy.test/v1'),
      jwtSecret: SECRET,
      jwksUrl: new URL('https://id.test/jwks'),
      jwtIssuer: 'https://id.test',
      jwtAudience: 'todo',
      logLevel: 'debug',
      trustProxy: 2,
      validateResponses: true,
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      rateLimit: { requests: 7, seconds: 2 },
      redisUrl: 'rediss://:password@cache.test:6380/1',
      shedLoad: false,
      requireIfMatch: true,
      logKey: SECRET,
      metricsPort: 9464,
      metricsHost: '10.0.0.1',
      tracing: true,
    });
  });

  test('gives out something that cannot be changed', () => {
    expect(Object.isFrozen(parseConfig(REQUIRED))).toBe(true);
  });

  test('counts an empty variable as not set', () => {
    const names = ['HOST', 'PORT', 'LOG_LEVEL', 'JWKS_URL', 'TRUST_PROXY', 'CORS_ORIGINS'];
    const more = [
      'RATE_LIMIT',
      'REDIS_URL',
      'REQUIRE_IF_MATCH',
      'LOG_KEY',
      'METRICS_PORT',
      'METRICS_HOST',
    ];
    const empty = Object.fromEntries([...names, ...more].map((name) => [name, '']));
    expect(parseConfig({ ...REQUIRED, ...empty })).toStrictEqual(parseConfig(REQUIRED));
    expect(complaints({ ...REQUIRED, DATABASE_URL: '' })).toStrictEqual([
      'DATABASE_URL is required',
    ]);
  });

  test('ignores what it does not know', () => {
    expect(parseConfig({ ...REQUIRED, EDITOR: 'vi', port: '1' })).toStrictEqual(
      parseConfig(REQUIRED),
    );
  });

  test('names everything that is missing from nothing at all', () => {
    expect(complaints({})).toStrictEqual([
      'DATABASE_URL is required',
      'JWT_SECRET or JWKS_URL is required, or both while moving from one to the other',
    ]);
  });

  test('lists everything that is wrong at once, a line each, and repeats no value', () => {
    const env = {
      PORT: 'PORT-VALUE',
      DATABASE_URL: 'mysql://root:PASSWORD-VALUE@db.test/todo',
      DATABASE_POOL_MAX: '0',
      JWT_SECRET: 'SECRET-VALUE',
      JWKS_URL: 'ftp://JWKS-VALUE',
      LOG_LEVEL: 'LEVEL-VALUE',
      TRUST_PROXY: '101',
      VALIDATE_RESPONSES: 'VALIDATE-VALUE',
      CORS_ORIGINS: 'ORIGIN-VALUE',
      RATE_LIMIT: 'LIMIT-VALUE',
      REDIS_URL: 'REDIS-VALUE',
      REQUIRE_IF_MATCH: 'MATCH-VALUE',
      LOG_KEY: 'KEY-VALUE',
    };
    const lines = complaints(env);
    expect(lines.map((line) => line.split(' ')[0])).toStrictEqual([
      'PORT',
      'DATABASE_URL',
      'DATABASE_POOL_MAX',
      'JWT_SECRET',
      'JWKS_URL',
      'LOG_LEVEL',
      'TRUST_PROXY',
      'VALIDATE_RESPONSES',
      'CORS_ORIGINS',
      'RATE_LIMIT',
      'REDIS_URL',
      'REQUIRE_IF_MATCH',
      'LOG_KEY',
      'JWT_ISSUER',
      'JWT_AUDIENCE',
    ]);
    expect(lines.join('\n')).not.toContain('VALUE');
  });

  test.each([
    ['PORT', '65536', 'PORT must be between 0 and 65535'],
    ['PORT', '-1', 'PORT must be a whole number'],
    ['PORT', '80.5', 'PORT must be a whole number'],
    ['PORT', '0x50', 'PORT must be a whole number'],
    ['PORT', '1e3', 'PORT must be a whole number'],
    ['PORT', ' 80', 'PORT must be a whole number'],
    ['PORT', '9999999999', 'PORT must be a whole number'],
    ['DATABASE_POOL_MAX', '0', 'DATABASE_POOL_MAX must be between 1 and 1000'],
    ['TRUST_PROXY', 'true', 'TRUST_PROXY must be a whole number'],
    [
      'DATABASE_URL',
      'localhost/todo',
      'DATABASE_URL must be a URL that begins with postgres:// or postgresql://, with a host',
    ],
    [
      'JWKS_URL',
      'file:///keys',
      'JWKS_URL must be a URL that begins with https:// or http://, with a host',
    ],
    ...['postgres:', 'postgres:///todo', 'postgres://u:p%zz@h/db'].map((broken) => [
      'DATABASE_URL',
      broken,
      'DATABASE_URL must be a URL that begins with postgres:// or postgresql://, with a host',
    ]),
    ['VALIDATE_RESPONSES', 'true', 'VALIDATE_RESPONSES must be one of on, off'],
    ['REQUIRE_IF_MATCH', '1', 'REQUIRE_IF_MATCH must be one of on, off'],
    ['RATE_LIMIT', '100', 'RATE_LIMIT must be requests/seconds, such as 100/60, or off'],
    ['RATE_LIMIT', '0/60', 'RATE_LIMIT must be requests/seconds, such as 100/60, or off'],
    ['RATE_LIMIT', '100/0', 'RATE_LIMIT must be requests/seconds, such as 100/60, or off'],
    ['RATE_LIMIT', 'OFF', 'RATE_LIMIT must be requests/seconds, such as 100/60, or off'],
    [
      'REDIS_URL',
      'http://cache.test',
      'REDIS_URL must be a URL that begins with redis:// or rediss://, with a host',
    ],
    ['LOG_KEY', 'x'.repeat(31), 'LOG_KEY must be 32 bytes or more'],
  ])('refuses %s=%j and says what it must be', (name, value, complaint) => {
    expect(complaints({ ...REQUIRED, ...JWKS, [name]: value })).toStrictEqual([complaint]);
  });

  test.each([
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com:443',
    'https://App.example.com',
    'https://a.test,',
    'https://a.test https://b.test',
    'ftp://a.test',
    'https://user@a.test',
  ])('refuses %j for an origin, which no browser writes so', (origin) => {
    expect(complaints({ ...REQUIRED, CORS_ORIGINS: origin })).toStrictEqual([
      'CORS_ORIGINS must be origins such as https://app.example.com, separated by commas',
    ]);
  });

  test.each([
    ['db.test', { databaseDriver: 'tcp', databasePooler: false, databaseSleeps: false }],
    ['neon.tech.test', { databaseDriver: 'tcp', databasePooler: false, databaseSleeps: false }],
    [
      'ep-calm-sea-1.eu-central-1.aws.neon.tech',
      { databaseDriver: 'neon', databasePooler: false, databaseSleeps: true },
    ],
    [
      'EP-CALM-SEA-1-POOLER.eu-central-1.aws.NEON.TECH.:5432',
      { databaseDriver: 'neon', databasePooler: true, databaseSleeps: true },
    ],
  ])('knows by the host %s what it needs, unless told otherwise', (host, fit) => {
    const env = { ...REQUIRED, DATABASE_URL: `postgres://ada:secret@${host}/todo?sslmode=require` };
    expect(parseConfig(env)).toMatchObject(fit);
    const told = { DATABASE_DRIVER: 'tcp', DATABASE_POOLER: 'off', DATABASE_SLEEPS: 'off' };
    expect(parseConfig({ ...env, ...told })).toMatchObject({
      databaseDriver: 'tcp',
      databasePooler: false,
      databaseSleeps: false,
    });
  });

  test("takes Neon's driver elsewhere only with a proxy, and none that gives away what is to be encrypted", () => {
    const neon = { ...REQUIRED, DATABASE_DRIVER: 'neon' };
    const encrypted = { ...neon, DATABASE_URL: 'postgres://db.test/todo?sslmode=verify-full' };
    expect(complaints(neon)).toStrictEqual([
      'DATABASE_WS_PROXY is required with DATABASE_DRIVER=neon, unless the host is one of Neon',
    ]);
    expect(complaints({ ...encrypted, DATABASE_WS_PROXY: 'ws://proxy.test' })).toStrictEqual([
      'DATABASE_WS_PROXY must begin with wss:// when the sslmode of DATABASE_URL is to encrypt',
    ]);
    expect(complaints({ ...encrypted, DATABASE_WS_PROXY: 'wss://proxy.test' })).toStrictEqual([]);
    expect(complaints({ ...neon, DATABASE_WS_PROXY: 'ws://proxy.test' })).toStrictEqual([]);
  });

  test.each([
    ['neon', '?sslmode=require'],
    ['auto', '?sslmode=require'],
    ['auto', ''],
    ['', ''],
  ])('takes no proxy that does not encrypt at a host of Neon: %s%s', (driver, query) => {
    const neon = {
      ...REQUIRED,
      DATABASE_URL: `postgres://ep-a.eu.aws.neon.tech/todo${query}`,
      DATABASE_DRIVER: driver,
    };
    expect(complaints({ ...neon, DATABASE_WS_PROXY: 'WS://proxy.test' })).toStrictEqual([
      'DATABASE_WS_PROXY must begin with wss:// when the host of DATABASE_URL is one of Neon',
    ]);
    expect(complaints({ ...neon, DATABASE_WS_PROXY: 'wss://proxy.test' })).toStrictEqual([]);
    expect(complaints(neon)).toStrictEqual([]);
  });

  test('takes off for no rate limit', () => {
    expect(parseConfig({ ...REQUIRED, RATE_LIMIT: 'off' }).rateLimit).toBeUndefined();
  });

  test.each(['0', '1', '65535'])('takes %s for a port', (port) => {
    expect(parseConfig({ ...REQUIRED, PORT: port }).port).toBe(Number(port));
  });

  test('counts the bytes of the secret, not its characters', () => {
    const complaint = 'JWT_SECRET must be 32 bytes or more';
    expect(complaints({ ...REQUIRED, JWT_SECRET: 'x'.repeat(31) })).toStrictEqual([complaint]);
    expect(complaints({ ...REQUIRED, JWT_SECRET: 'x'.repeat(32) })).toStrictEqual([]);
    expect(complaints({ ...REQUIRED, JWT_SECRET: 'é'.repeat(15) })).toStrictEqual([complaint]);
    expect(complaints({ ...REQUIRED, JWT_SECRET: 'é'.repeat(16) })).toStrictEqual([]);
  });

  test('takes the secret, the key set, or both', () => {
    expect(parseConfig(JWKS).jwtSecret).toBeUndefined();
    expect(parseConfig(REQUIRED).jwksUrl).toBeUndefined();
    expect(parseConfig({ ...REQUIRED, ...JWKS })).toMatchObject({
      jwtSecret: SECRET,
      jwksUrl: new URL('https://id.test/jwks'),
    });
  });

  test.each(['JWT_ISSUER', 'JWT_AUDIENCE'])('requires %s with a key set only', (name) => {
    expect(complaints({ ...JWKS, [name]: undefined })).toStrictEqual([
      `${name} is required with JWKS_URL`,
    ]);
    expect(complaints({ ...REQUIRED, JWT_ISSUER: 'me' })).toStrictEqual([]);
  });
});
