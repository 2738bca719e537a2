import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the linter has to say: by which rule, and in which words. */
export interface Finding {
  readonly ruleId: string;
  readonly message: string;
}

/** What a program has written to its standard output, whether or not it was content. */
export function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
    execFile(join(root, 'node_modules/.bin', program), args, options, (error, stdout, stderr) => {
      // Neither writes anything there when it could not do its work.
      if (stdout === '') reject(new Error(`${program}: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

/**
 * Lints documents by redocly.yaml, all in one process.
 *
 * @param documents each on its own
 * @param beside other files in the same directory, by name
 * @returns the findings in each, in the order of the documents
 */
export async function lint(
  documents: readonly object[],
  beside: Readonly<Record<string, object>> = {},
): Promise<Finding[][]> {
  const directory = await mkdtemp(join(tmpdir(), 'todo-api-lint-'));
  try {
    const paths = documents.map((_document, index) => join(directory, `${index}.json`));
    for (const [index, path] of paths.entries()) {
      await writeFile(path, JSON.stringify(documents[index]));
    }
    for (const [name, content] of Object.entries(beside)) {
      await writeFile(join(directory, name), JSON.stringify(content));
    }
    const text = await output('redocly', [
      'lint',
      ...paths,
      '--config=redocly.yaml',
      '--format=json',
    ]);
    // One JSON text after the other.
    const reports = text.split(/^(?=\{)|(?<=^\})(?=\{)/m).map((part) => JSON.parse(part));
    return reports.map(({ problems }) => problems);
  } finally {
    await rm(directory, { recursive: true });
  }
}
