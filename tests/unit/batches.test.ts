import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  createPool,
  sql,
  type DatabasePool,
  type DatabasePoolConnection,
  type DriverClient,
} from 'slonik';
import { z } from 'zod';
import { createBatches, type Line, type SendTogether } from '../../src/db/drivers/batches.ts';
import type { OnEnd } from '../../src/db/drivers/clients.ts';
import { createNodePostgresDriver } from '../../src/db/drivers/node-postgres.ts';
import { Statement } from '../../src/db/drivers/statement.ts';
import { withNamedStatements } from '../../src/db/named-statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Whose connection it was and what was sent, which may be nothing to divide by; and on one connection it takes long. */
const ECHO = `
  SELECT pg_backend_pid() AS pid, $1::int AS value, 1 / $1::int AS part,
    CASE WHEN pg_backend_pid() = $2::int THEN pg_sleep(60) END`;
/** Has other columns. */
const OTHER = 'SELECT pg_backend_pid() AS pid, $1::int AS other, $2::int';

const nameOf = (text: string) => (text === ECHO ? 'echo' : 'other');

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('statements that come in one turn', () => {
  type Row = Readonly<Record<string, unknown>>;

  let sendTogether: SendTogether;
  let lines: Line[];
  let pids: number[];
  /** How many packets each connection has answered. */
  let packets: number[];

  beforeEach(async () => {
    sendTogether = createBatches();
    lines = await Promise.all(Array.from({ length: 6 }, connect));
    pids = await Promise.all(lines.map(async (line) => Number((await learn(line, ECHO)).pid)));
    packets = lines.map(() => 0);
    for (const [index, { client }] of lines.entries()) {
      const { connection } = client as unknown as { connection: pg.Connection };
      connection.on('readyForQuery', () => (packets[index] = (packets[index] ?? 0) + 1));
    }
  });
  afterEach(() => Promise.all(lines.map(({ client }) => client.end())));

  async function connect(): Promise<Line> {
    const client = new pg.Client(database.url);
    client.on('error', () => undefined);
    await client.connect();
    return { client, known: new Map() };
  }

  /** Has a connection know a statement. */
  const learn = ({ client, known }: Line, text: string) =>
    rowOf((onEnd) => client.query(new Statement(known, text, [1, 0], nameOf(text), onEnd)));

  /** What is sent first in a test is sent on the first connection, and so on. */
  const ask = (index: number, value: unknown, text = ECHO, sleeper = 0) =>
    rowOf((onEnd) => {
      const [line] = lines.slice(index);
      if (!line) throw new Error('There is no such connection.');
      sendTogether({ line, text, values: [value, sleeper], name: nameOf(text), onEnd });
    });

  const rowOf = (send: (onEnd: OnEnd) => void) =>
    new Promise<Row>((resolve, reject) => {
      send((error, result) => {
        if (result?.rows[0]) resolve(result.rows[0]);
        else reject(error);
      });
    });

  const streamOf = ({ client }: Line) =>
    (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream;

  const answered = (pid: number | undefined, value: number) => ({
    status: 'fulfilled',
    value: expect.objectContaining({ pid, value }),
  });
  const failed = (reason: object) => ({
    status: 'rejected',
    reason: expect.objectContaining(reason),
  });

  test('go in packets of four, each on the connection of its first', async () => {
    const results = lines.map((_line, index) => ask(index, index + 1));
    const rows = await Promise.all(results);
    expect(rows.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6]);
    const [first, , , , fifth] = pids;
    expect(rows.map(({ pid }) => pid)).toEqual([first, first, first, first, fifth, fifth]);
    expect(packets).toEqual([1, 0, 0, 0, 1, 0]);
  });

  test('go together though one socket after the other is looked at, unless that takes long', async () => {
    let time = 0;
    sendTogether = createBatches(() => time);
    /** Two that come one after the other in one turn. */
    const two = () =>
      Promise.all([0, 1].map((index) => setImmediate().then(() => ask(index, index + 1))));
    // What comes after a rest does not wait either.
    expect((await two()).map(({ pid }) => pid)).toEqual([pids[0], pids[1]]);
    expect((await two()).map(({ pid }) => pid)).toEqual([pids[0], pids[0]]);
    time += 3;
    expect((await two()).map(({ pid }) => pid)).toEqual([pids[0], pids[1]]);
  });

  test('go by themselves in turns of their own', async () => {
    for (const [index, pid] of pids.entries()) {
      expect(await ask(index, 1)).toMatchObject({ pid });
    }
  });

  test('may be different ones', async () => {
    await Promise.all(lines.map((line) => learn(line, OTHER)));
    const rows = await Promise.all([ask(0, 1), ask(1, 2, OTHER), ask(2, 3), ask(3, 4, OTHER)]);
    const [pid] = pids;
    expect(rows).toMatchObject([
      { pid, value: 1 },
      { pid, other: 2 },
      { pid, value: 3 },
      { pid, other: 4 },
    ]);
  });

  test('go by themselves where their columns are not known', async () => {
    await learn(lines[1]!, OTHER);
    const known = await Promise.all([ask(0, 1), ask(1, 2, OTHER), ask(2, 3)]);
    expect(known.map(({ pid }) => pid)).toEqual([pids[0], pids[1], pids[0]]);
    // Nobody goes with what is not known itself.
    const unknown = await Promise.all([ask(3, 1, OTHER), ask(4, 2, OTHER), ask(5, 3)]);
    expect(unknown.map(({ pid }) => pid)).toEqual([pids[3], pids[4], pids[5]]);
  });

  test.each([0, 1, 3])('fail by themselves: number %d', async (wrong) => {
    const asked = [0, 1, 2, 3].map((index) => ask(index, index === wrong ? 0 : 7));
    expect(await Promise.allSettled(asked)).toEqual(
      pids.slice(0, 4).map((pid, index) => {
        if (index === wrong) return failed({ code: '22012' });
        return answered(index < wrong ? pids[0] : pid, 7);
      }),
    );
    // Each serves again; by then the end of each packet has come, too.
    for (const index of [0, 1, 2, 3]) expect(await ask(index, 8)).toMatchObject({ value: 8 });
    // What failed on the connection of another one was sent again, and so was what was behind it.
    const again = [1, 2, 3].map((index) => (index >= wrong ? 2 : 1));
    expect(packets).toEqual([2, ...again, 0, 0]);
  });

  test.each([0, 2])('fail by themselves with what cannot be sent: number %d', async (wrong) => {
    const refuse = {
      toPostgres() {
        throw new Error('not this');
      },
    };
    const asked = [0, 1, 2].map((index) => ask(index, index === wrong ? refuse : index + 1));
    expect(await Promise.allSettled(asked)).toEqual(
      [0, 1, 2].map((index) =>
        index === wrong ? failed({ message: 'not this' }) : answered(pids[0], index + 1),
      ),
    );
  });

  test.each([
    [0, 'is ended', 'SELECT pg_terminate_backend($1)', { code: '57P01' }],
    [1, 'is ended', 'SELECT pg_terminate_backend($1)', undefined],
    [0, 'breaks', undefined, { message: 'Connection terminated unexpectedly' }],
    // What PostgreSQL has to say it says at the end.
    [1, 'breaks', undefined, { message: 'Connection terminated unexpectedly' }],
  ] as const)(
    'have connections of their own when, at number %d, that of the first %s',
    async (waiting, _how, end, error) => {
      const [sleeper = 0] = pids;
      const asked = [0, 1, 2].map((index) => ask(index, 7, ECHO, index === waiting ? sleeper : 0));
      const ended = Promise.allSettled(asked);
      const { client } = lines[5]!;
      const state = `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`;
      while ((await client.query(state, [sleeper])).rowCount === 0) await setImmediate();
      if (end !== undefined) await client.query(end, [sleeper]);
      else {
        streamOf(lines[0]!).destroy();
      }
      expect(await ended).toEqual([
        error ? failed(error) : answered(sleeper, 7),
        answered(pids[1], 7),
        answered(pids[2], 7),
      ]);
    },
  );

  test('are answered on their own connections when that of the first was never asked', async () => {
    const asked = [0, 1, 2].map((index) => ask(index, 7));
    const isOver = lines[0]!.client.end();
    expect(await Promise.allSettled(asked)).toEqual([
      failed({ message: 'Client was closed and is not queryable' }),
      answered(pids[1], 7),
      answered(pids[2], 7),
    ]);
    await isOver;
  });

  test('are so, too, when it breaks while they wait for it', async () => {
    const [line] = lines;
    const busy = learn(line!, ECHO.replace('$2::int', '$2::int + pg_backend_pid()'));
    const asked = [0, 1, 2].map((index) => ask(index, 7));
    // They are with node-postgres by now.
    await setImmediate();
    await setImmediate();
    streamOf(line!).destroy();
    expect(await Promise.allSettled([busy, ...asked])).toEqual([
      failed({ message: 'Connection terminated unexpectedly' }),
      failed({ message: 'Connection terminated unexpectedly' }),
      answered(pids[1], 7),
      answered(pids[2], 7),
    ]);
  });

  test('fail together when one of them takes too long', async () => {
    const [sleeper = 0] = pids;
    await lines[0]!.client.query('SET statement_timeout = 100');
    const asked = [0, 1, 2].map((index) => ask(index, 7, ECHO, index === 1 ? sleeper : 0));
    const tooLong = failed({ code: '57014' });
    expect(await Promise.allSettled(asked)).toEqual([answered(sleeper, 7), tooLong, tooLong]);
    // What has ended before this one, and it; nobody was sent again.
    expect(await ask(0, 8)).toMatchObject({ value: 8 });
    expect(packets).toEqual([3, 0, 0, 0, 0, 0]);
  });

  test('do not go with others any more where they failed, until their columns are known anew', async () => {
    const { client } = lines[5]!;
    await client.query('CREATE TABLE changing (value int); INSERT INTO changing VALUES (7)');
    const text = 'SELECT pg_backend_pid() AS pid, value FROM changing WHERE $1::int = $2::int + 1';
    await learn(lines[0]!, text);
    await client.query('ALTER TABLE changing ALTER value TYPE bigint');
    await learn(lines[1]!, text);
    for (let time = 0; time < 2; time += 1) {
      const rows = await Promise.all([ask(0, 1), ask(1, 1, text), ask(2, 1)]);
      // The first time that of the second fails on the connection of the first, and takes the third with it.
      expect(rows.map(({ pid }) => pid)).toEqual([pids[0], pids[1], pids[time === 0 ? 2 : 0]]);
    }
    await expect(ask(0, 1, text)).rejects.toMatchObject({ code: '0A000' });
    await client.query('DROP TABLE changing');
  });

  test.each([0, 1])(
    'all fail when there are other answers than statements: %d fit',
    async (fit) => {
      const asked = [0, 1, 2].map((index) => ask(index, 7));
      const { connection } = lines[0]!.client as unknown as { connection: pg.Connection };
      let count = 0;
      connection.on('dataRow', () => {
        if (count++ === fit) connection.emit('commandComplete', { text: 'SELECT 1' });
      });
      const other = failed({ message: 'There are other answers than statements.' });
      expect(await Promise.allSettled(asked)).toEqual([other, other, other]);
      connection.removeAllListeners('dataRow');
    },
  );

  test('are not answered with what others asked for, whatever fails', async () => {
    await Promise.all(lines.map((line) => learn(line, OTHER)));
    let asked = 0;
    const client = async (index: number) => {
      while (asked < 3_000) {
        const value = (asked += 1);
        if (value % 40 === 0) await expect(ask(index, 0)).rejects.toMatchObject({ code: '22012' });
        else if (value % 5 === 0) expect((await ask(index, value, OTHER)).other).toBe(value);
        else expect((await ask(index, value)).value).toBe(value);
      }
    };
    await Promise.all(lines.map((_line, index) => client(index)));
    // Which says that there were packets with some.
    expect(packets.reduce((sum, count) => sum + count)).toBeLessThan(2_500);
  });
});

describe('the driver', () => {
  const pidRow = z.object({ pid: z.number() });
  let pool: DatabasePool;
  /** Of the pool, in the order in which they were made. */
  let clients: DriverClient[];

  beforeEach(async () => {
    clients = [];
    const factory = withNamedStatements(createNodePostgresDriver({ limits: undefined }));
    pool = await createPool(database.url, {
      async driverFactory(setup) {
        const driver = await factory(setup);
        return {
          async createClient() {
            const client = await driver.createClient();
            clients.push(client);
            return client;
          },
        };
      },
      maxPoolSize: 3,
      resetConnection: () => Promise.resolve(),
    });
  });
  afterEach(() => pool.end());

  /** How many connections are used by three that do the same at once. */
  async function connectionsOf(
    work: (connection: DatabasePoolConnection) => Promise<{ readonly pid: number }>,
  ): Promise<number> {
    // What this is called with first is not known anywhere.
    for (let time = 0; time < 2; time += 1) await together(work);
    return new Set((await together(work)).map(({ pid }) => pid)).size;
  }

  /** Begins three at once, each with a connection of its own. */
  async function together<T>(work: (connection: DatabasePoolConnection) => Promise<T>) {
    let there = 0;
    const all = Promise.withResolvers<undefined>();
    const one = () =>
      pool.connect(async (connection) => {
        if ((there += 1) === 3) all.resolve(undefined);
        await all.promise;
        return work(connection);
      });
    return Promise.all([one(), one(), one()]);
  }

  const read = sql.type(pidRow)`/* select_pid */ SELECT pg_backend_pid() AS pid, ${1}::int`;
  const write = sql.type(pidRow)`/* change_pid */ SELECT pg_backend_pid() AS pid, ${1}::int`;

  test('sends together what only reads', async () => {
    expect(await connectionsOf((connection) => connection.one(read))).toBe(1);
  });

  test('sends by itself what does more than read', async () => {
    expect(await connectionsOf((connection) => connection.one(write))).toBe(3);
  });

  test('stays on its connection in a transaction', async () => {
    const work = (connection: DatabasePoolConnection) =>
      connection.transaction((transaction) => transaction.one(read));
    await connectionsOf((connection) => connection.one(read));
    expect(await connectionsOf(work)).toBe(3);
  });

  test('stays there when that has failed', async () => {
    await connectionsOf((connection) => connection.one(read));
    // As Slonik has them when they are lent.
    for (const client of clients) client.acquire();
    const [, second] = clients;
    await second?.query('BEGIN');
    await second?.query('SELECT 1 / 0').catch(() => undefined);
    const text = read.sql.replaceAll('$slonik_', '$');
    const asked = clients.slice(0, 2).map((client) => client.query(text, [...read.values]));
    expect(await Promise.allSettled(asked)).toEqual([
      expect.objectContaining({ status: 'fulfilled' }),
      expect.objectContaining({ reason: expect.objectContaining({ code: '25P02' }) }),
    ]);
    await second?.query('ROLLBACK');
    await Promise.all(clients.map((client) => client.release()));
  });
});
