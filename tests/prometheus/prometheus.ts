import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/redis.ts';

/** One series of an answer to a query, with its present value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of one test file that scrapes one server each second. */
export interface Prometheus {
  /** Rejects when the expression is not valid. */
  query(expr: string): Promise<Series[]>;
  /** The names of the alert rules it has loaded, each with its health. */
  rules(): Promise<{ name: string; health: string }[]>;
  close(): Promise<void>;
}

/** Starts `prometheus`, which must be installed, with the alert rules of this repository. */
export async function startPrometheus(job: string, target: string): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-prometheus-'));
  const config = join(directory, 'prometheus.json');
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [fileURLToPath(new URL('../../docs/alerts.yml', import.meta.url))],
      scrape_configs: [{ job_name: job, static_configs: [{ targets: [target] }] }],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const closed = once(child, 'close');

  const get = async (path: string): Promise<any> => {
    const answer: any = await (await fetch(`http://${address}/api/v1/${path}`)).json();
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`Prometheus did not start: ${said}`);
    await sleep(50);
  }

  return {
    async query(expr) {
      const { result } = await get(`query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }: any) => ({ metric, value: Number(value[1]) }));
    },
    rules: async () => (await get('rules')).groups.flatMap(({ rules }: any) => rules),
    async close() {
      child.kill('SIGTERM');
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
