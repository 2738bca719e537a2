import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort, isPortFree } from './port.ts';

/** Where the server is going to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Where to call it from this machine, without a slash at the end. */
  readonly baseUrl: string;
}

// The server of a stack that has just been killed needs a moment to finish its requests.
const patience = 1_000;

/**
 * Decides the address before anything slow is done: HOST and PORT, with the server's defaults; for port 0 a free one.
 *
 * @throws when the port is taken, with what to do about it
 */
export async function chooseAddress(env: NodeJS.ProcessEnv): Promise<Address> {
  const host = env.HOST ?? '127.0.0.1';
  const text = env.PORT ?? '3000';
  const wanted = Number(text);
  if (!/^\d+$/.test(text) || wanted > 65_535) {
    throw new Error(`PORT is ${JSON.stringify(text)}; it must be a number from 0 to 65535.`);
  }
  const port = wanted === 0 ? await findFreePort(host) : wanted;
  await requireFreePort(port, host);
  return { host, port, baseUrl: `http://${nameForCalls(host)}:${port}` };
}

async function requireFreePort(port: number, host: string): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await canListen(port, host))) {
    if (Date.now() > deadline) throw new Error(portTaken(port, host));
    await sleep(100);
  }
}

function portTaken(port: number, host: string): string {
  const other = port === 65_535 ? 3001 : port + 1;
  return (
    `Port ${port} on ${host} is already in use, perhaps by another npm start.\n` +
    `Stop that program, or choose another port:  PORT=${other} npm start`
  );
}

async function canListen(port: number, host: string): Promise<boolean> {
  try {
    return await isPortFree(port, host);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot listen on port ${port} of ${host} (${reason}). Set PORT and HOST.`, {
      cause: error,
    });
  }
}

/** "All addresses" is where to listen; it is not where to call. */
function nameForCalls(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
