import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../local/port.ts';
import { startProgram, type Program } from './program.ts';
import { provideUvicorn } from './uvicorn.ts';

/** The server of this repository, among the others. */
export const SELF = 'todo-api';

/** What it is measured against, if nothing else is asked for. */
export const USUAL_PEERS = [
  'limit',
  'limit-caching',
  'fastify',
  'fastify-caching',
  'fastapi',
] as const;
/** What it can be compared with. */
export const PEERS = [...USUAL_PEERS, 'parts'] as const;
export type Peer = (typeof PEERS)[number];

/** The peers on Node, some of them the same program: with verified tokens remembered, as many as this server remembers. */
const CACHING = { REMEMBERED_TOKENS: '5000' };
const NODE_PEERS = {
  limit: { file: 'limit.ts', env: {} },
  'limit-caching': { file: 'limit.ts', env: CACHING },
  fastify: { file: 'fastify.ts', env: {} },
  'fastify-caching': { file: 'fastify.ts', env: CACHING },
  parts: { file: 'parts.ts', env: {} },
} satisfies Record<Exclude<Peer, 'fastapi'>, object>;

/** What every server is given. */
export interface Surroundings {
  readonly databaseUrl: string;
  /** The most connections to the database that a server may open. */
  readonly poolMax: number;
  readonly jwtSecret: string;
  readonly serverPrefix: readonly string[];
  /** The directory of the logs. */
  readonly logs: string;
  /** What may be kept between runs: the Python of `fastapi`. */
  readonly cache: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url));

/**
 * Starts the server of this repository as in production: everything on, the limits too high to be met.
 *
 * @param file the entry, for a copy of the sources
 */
export async function startSelf(
  surroundings: Surroundings,
  name: string = SELF,
  file = serverFile,
): Promise<Program> {
  return start(surroundings, name, [process.execPath, file], {
    RATE_LIMIT: '1000000/60',
    LOG_LEVEL: 'info',
    METRICS_PORT: String(await findFreePort()),
  });
}

/** Starts a peer; `undefined`, after a word about it, where what it needs is absent. */
export async function startPeer(
  peer: Peer,
  surroundings: Surroundings,
  say: (line: string) => void,
): Promise<Program | undefined> {
  if (peer !== 'fastapi') {
    const { file, env } = NODE_PEERS[peer];
    return start(surroundings, peer, [process.execPath, join(here, 'peers', file)], env);
  }
  const uvicorn = await provideUvicorn(join(surroundings.cache, 'python'), say);
  if (uvicorn === undefined) return undefined;
  const port = await findFreePort();
  const application = ['app:app', '--app-dir', join(here, 'peers/fastapi')];
  const how = ['--port', String(port), '--loop', 'uvloop', '--http', 'httptools'];
  const command = [uvicorn, ...application, ...how];
  return start(surroundings, peer, command, { PYTHONDONTWRITEBYTECODE: '1' }, port);
}

async function start(
  { databaseUrl, poolMax, jwtSecret, serverPrefix, logs }: Surroundings,
  name: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  givenPort?: number,
): Promise<Program> {
  const port = givenPort ?? (await findFreePort());
  return startProgram({
    name,
    command: [...serverPrefix, ...command],
    port,
    logFile: join(logs, `${name}.log`),
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_MAX: String(poolMax),
      JWT_SECRET: jwtSecret,
      ...env,
    },
  });
}
