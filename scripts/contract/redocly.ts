import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json');

/**
 * Runs Redocly.
 *
 * @returns what it has written to its standard output
 * @throws Error with what it says when it fails
 */
export async function redocly(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [join(dirname(manifest), 'bin/cli.js'), ...args], {
    cwd,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`redocly ${args.join(' ')} has failed:\n${text.stderr.trim()}`);
  return text.stdout;
}
