import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { throughPooler } from './way.ts';

/** A port in front of a database, or of its pooler, by which a test takes the database away and gives it back. */
export interface Gate {
  /** The database's address through the gate. */
  readonly url: string;
  open(): void;
  /** Takes every new connection, and says nothing to it; those that are there stay as they are. */
  fallSilent(): void;
  /** Breaks every connection, and every new one at once. */
  shut(): void;
  /** Breaks this many of the next connections at once, and lets the others through. */
  refuse(count: number): void;
  /** Leads new connections to a database that has moved; the address through the gate stays the same. */
  leadTo(databaseUrl: string): void;
  /** How many connections somebody has tried to make. */
  connections(): number;
  /** How often this text was sent to the database, in statements and in their values. */
  sent(text: string): number;
  /** Holds the next request in which this text is sent, before the database sees it. */
  catchRequest(text: string): Caught;
  /** Lets the next request in which this text is sent through, and holds what the database answers. */
  catchReply(text: string): Caught;
  close(): Promise<void>;
}

/** Something that a gate holds, or will hold, with everything behind it on the same connection. */
export interface Caught {
  /** Resolves when it is held: a request that the database does not know of; a reply, so the work is done. */
  readonly held: Promise<unknown>;
  /** Lets it arrive. */
  release(): void;
  /** Breaks the connection: it will never arrive. */
  cut(): void;
}

interface Trap {
  readonly text: string;
  readonly side: 'request' | 'reply';
  spring(connection: readonly Socket[], goOn: () => void): void;
}

/**
 * Starts a gate that is shut. The caller closes it.
 *
 * @param way passes over the pooler, for a server that does not expect one; the one that the tests go by unless given
 */
export async function startGate(databaseUrl: string, way?: 'direct'): Promise<Gate> {
  const targetOf = (url: string) => new URL(way === 'direct' ? url : throughPooler(url));
  let target = targetOf(databaseUrl);
  const sockets = new Set<Socket>();
  const transcripts: string[] = [];
  const traps: Trap[] = [];
  let isOpen = false;
  let isSilent = false;
  let refusals = 0;
  const server = createServer((client) => {
    const number = transcripts.push('') - 1;
    client.on('error', () => undefined);
    if (isSilent) {
      sockets.add(client);
      client.on('close', () => sockets.delete(client)).resume();
      return;
    }
    if (!isOpen || refusals > 0) {
      refusals -= isOpen ? 1 : 0;
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    upstream.on('error', () => undefined);
    const connection = [client, upstream] as const;

    let unanswered = '';
    let trap: Trap | undefined;
    const requests = through((chunk, goOn) => {
      const text = chunk.toString('latin1');
      transcripts[number] = `${transcripts[number] ?? ''}${text}`;
      unanswered += text;
      const index = traps.findIndex((set) => unanswered.includes(set.text));
      const found = traps[index];
      if (!found) {
        goOn();
        return;
      }
      traps.splice(index, 1);
      if (found.side === 'request') {
        found.spring(connection, goOn);
        return;
      }
      trap = found;
      goOn();
    });
    const replies = through((_chunk, goOn) => {
      unanswered = '';
      if (!trap) {
        goOn();
        return;
      }
      trap.spring(connection, goOn);
      trap = undefined;
    });

    client.pipe(requests).pipe(upstream);
    upstream.pipe(replies).pipe(client);
    for (const [from, to] of [connection, connection.toReversed()] as const) {
      sockets.add(from);
      from.on('close', () => {
        sockets.delete(from);
        to.destroySoon();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = () => {
    isOpen = false;
    isSilent = false;
    for (const socket of sockets) socket.destroy();
  };
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const set = (text: string, side: Trap['side']) => {
    const { trap, caught } = makeTrap(text, side);
    traps.push(trap);
    return caught;
  };
  return {
    url: url.href,
    open() {
      isOpen = true;
      isSilent = false;
    },
    fallSilent: () => void (isSilent = true),
    shut,
    refuse: (count) => void (refusals = count),
    leadTo: (movedTo) => void (target = targetOf(movedTo)),
    connections: () => transcripts.length,
    sent: (text) => transcripts.join('\n').split(text).length - 1,
    catchRequest: (text) => set(text, 'request'),
    catchReply: (text) => set(text, 'reply'),
    async close() {
      shut();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** A stream that passes on each chunk when it is told to. */
function through(look: (chunk: Buffer, goOn: () => void) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      look(chunk, () => done(null, chunk));
    },
  });
}

function makeTrap(text: string, side: Trap['side']): { trap: Trap; caught: Caught } {
  const held = Promise.withResolvers<undefined>();
  let sockets: readonly Socket[] = [];
  let goOn = (): void => undefined;
  return {
    trap: {
      text,
      side,
      spring(connection, proceed) {
        sockets = connection;
        goOn = proceed;
        held.resolve(undefined);
      },
    },
    caught: {
      held: held.promise,
      release: () => goOn(),
      cut() {
        for (const socket of sockets) socket.destroy();
      },
    },
  };
}
