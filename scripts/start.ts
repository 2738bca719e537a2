/**
 * The local stack: an embedded PostgreSQL, migrated, and the server on it.
 */
import { parseArgs } from 'node:util';
import { defaultDataDirectory } from './local/settings.ts';
import { runStack } from './local/stack.ts';

const HELP = `Usage: npm start [-- --data DIR]

Starts the API on a PostgreSQL of its own, and says how to call it. Ctrl-C stops both; the data is kept.

  --data DIR  where the data and the signing secret are kept; default .data
  --help      show this

Environment variables are passed on to the server. Those that matter most here:
  PORT          the port of the API; default 3000, 0 chooses a free one
  DATABASE_URL  use this PostgreSQL instead of the embedded one; it is migrated as well
  JWT_SECRET    sign and check tokens with this, 32 bytes or more, instead of a secret made here
  LOG_LEVEL     info unless set; debug, warn, error, silent
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: defaultDataDirectory },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  return runStack({ dataDirectory: values.data, env: process.env });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
