import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the bundled contract lies, as a path. */
export const contractFile = fileURLToPath(new URL('../../generated/openapi.json', import.meta.url));

let bundle: object | undefined;

/**
 * The bundled contract, read once per process.
 *
 * @throws Error when the file is missing or not a JSON object
 */
export function contractDocument(): object {
  bundle ??= parse(readFileSync(contractFile, 'utf8'));
  return bundle;
}

function parse(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`${contractFile} is no object`);
  return value;
}
