import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operations } from '../../generated/operations.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How many operations the contract documents. */
export const documentedOperations = Object.keys(operations).length;

interface Document {
  readonly paths: Record<string, { readonly get?: object; readonly parameters?: object[] }>;
}

/**
 * Makes a copy of the server whose contract documents more operations, each on a path of its own, in front of the real
 * ones, so that whatever looks through them in order has to pass all the others first. Nobody calls them.
 *
 * @param directory where the copy goes; what is there is deleted
 * @param total how many operations the copy documents
 * @returns the file to be started
 */
export async function serverWithOperations(directory: string, total: number): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const name of ['src', 'generated', 'package.json']) {
    await cp(join(root, name), join(directory, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));

  const bundle = join(directory, 'generated/openapi.json');
  const document = JSON.parse(await readFile(bundle, 'utf8')) as Document;
  const model = document.paths[operations.getLiveness.path]?.get;
  const added = Array.from({ length: total - documentedOperations }, (_, index) => ({
    id: `getExtra${index}`,
    path: `/api/{user_id}/extra-${index}/{id}`,
  }));
  const parameters = ['user_id', 'id'].map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  }));
  const paths = added.map(
    ({ id, path }) => [path, { parameters, get: { ...model, operationId: id } }] as const,
  );
  const allPaths = { ...Object.fromEntries(paths), ...document.paths };
  await writeFile(bundle, JSON.stringify({ ...document, paths: allPaths }));

  const entries = added.map(({ id, path }) => [id, { ...operations.getLiveness, path }] as const);
  const all = { ...Object.fromEntries(entries), ...operations };
  await writeFile(
    join(directory, 'generated/operations.ts'),
    `export const operations = ${JSON.stringify(all)};\n`,
  );
  return join(directory, 'src/server.ts');
}
