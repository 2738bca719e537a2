import { readdirSync, readFileSync } from 'node:fs';

const src = new URL('../../src/', import.meta.url);

/** The text of every SQL statement that is written in `src/`, up to its first value. */
export const sourceStatements: readonly string[] = readdirSync(src, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const source = readFileSync(new URL(file, src), 'utf8');
    const found = source.matchAll(
      /\bsql\s*\.(?:type\([^)]*\)|unsafe|prepared\([^)]*\))\s*`([^`]*)/g,
    );
    return Array.from(found, ([, text = '']) => text);
  });
