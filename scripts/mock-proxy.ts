/**
 * Prism between clients and a running server, holding both to the contract.
 */
import { parseArgs } from 'node:util';
import { parsePort, parseUpstream } from './mock/arguments.ts';
import { runMockProxy } from './mock/run.ts';

const HELP = `Usage: npm run mock:proxy [-- --upstream URL] [--port PORT]

Passes requests on to a running server, and its answers back. What the contract does not allow, in either
direction, is answered with a problem document of Prism that says what is wrong. Ctrl-C stops it.

  --upstream URL  the server; default http://127.0.0.1:3000
  --port PORT     where to listen; default 4010, 0 chooses a free one
  --host HOST     default 127.0.0.1
  --help          show this
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      upstream: { type: 'string', default: 'http://127.0.0.1:3000' },
      port: { type: 'string', default: '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const upstream = parseUpstream(values.upstream);
  return runMockProxy({ upstream, port: parsePort(values.port), host: values.host });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
