/**
 * Prints one token for the local stack.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readSecret } from './local/secret.ts';
import { defaultDataDirectory, withoutEmpty } from './local/settings.ts';
import { signLocalToken } from './local/token.ts';

const HELP = `Usage: npm run --silent token -- --sub SUBJECT [--ttl SECONDS] [--email ADDRESS]

Prints one signed JWT (HS256) for the local stack, and nothing else.

  --sub SUBJECT    whose token it is, 1 to 255 characters; required
  --ttl SECONDS    how long it is valid, 1 to 31536000; default 3600 (one hour)
  --email ADDRESS  adds the claim \`email\`
  --data DIR       where npm start keeps the signing secret; default .data
  --help           show this

It is signed with JWT_SECRET if that is set, or else with the secret that npm start has made.
The claims \`iss\` and \`aud\` are JWT_ISSUER and JWT_AUDIENCE, where set.
`;

const YEAR = 31_536_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sub: { type: 'string' },
      ttl: { type: 'string', default: '3600' },
      email: { type: 'string' },
      data: { type: 'string', default: defaultDataDirectory },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const env = withoutEmpty(process.env);
  const token = await signLocalToken({
    subject: checkSubject(values.sub),
    ttl: checkTtl(values.ttl),
    secret: env.JWT_SECRET ?? (await keptSecret(values.data)),
    email: values.email,
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
  });
  process.stdout.write(`${token}\n`);
}

function checkSubject(subject: string | undefined): string {
  if (subject === undefined) {
    throw new Error('Whose token? Say --sub alice. See --help.');
  }
  // The contract's UserId, which counts code points.
  if (!/^[^\u0000-\u001F\u007F]{1,255}$/u.test(subject)) {
    throw new Error('--sub takes 1 to 255 characters, no control characters.');
  }
  return subject;
}

function checkTtl(text: string): number {
  const ttl = /^\d+$/.test(text) ? Number(text) : 0;
  if (ttl < 1 || ttl > YEAR) {
    throw new Error(`--ttl takes a whole number of seconds from 1 to ${YEAR}.`);
  }
  return ttl;
}

async function keptSecret(dataDirectory: string): Promise<string> {
  const secret = await readSecret(join(dataDirectory, 'jwt-secret'));
  if (secret === undefined) {
    throw new Error('There is no signing secret yet. Run npm start first, or set JWT_SECRET.');
  }
  return secret;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
