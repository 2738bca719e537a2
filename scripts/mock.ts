/**
 * The mock: Prism, answering with the examples of the contract.
 */
import { parseArgs } from 'node:util';
import { parsePort } from './mock/arguments.ts';
import { runMock } from './mock/run.ts';

const HELP = `Usage: npm run mock [-- --port PORT] [--dynamic]

Answers as the contract says, without a server: with its examples, which a request can choose from.

  Prefer: code=404                            the answer with that status
  Prefer: code=401, example=invalid_token     that example of it
  Prefer: example=empty                       that example of the usual answer
  Prefer: dynamic=true                        an answer generated from the schema

Any bearer token will do. Ctrl-C stops it.

  --port PORT  where to listen; default 4010, 0 chooses a free one
  --host HOST  default 127.0.0.1
  --dynamic    generate every answer from its schema
  --seed TEXT  generate the same answers in each run
  --help       show this
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      host: { type: 'string', default: '127.0.0.1' },
      dynamic: { type: 'boolean', default: false },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { host, dynamic, seed } = values;
  return runMock({ port: parsePort(values.port), host, dynamic, seed });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
