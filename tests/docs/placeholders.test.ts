import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { read, root } from './markdown.ts';

const pages = readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** The paragraphs that are one word in capitals, as authors leave for what they do not know yet. */
function placeholders(page: string): string[] {
  const withoutCode = page.replaceAll(/^(```+|~~~+).*?^\1$/gms, '');
  return withoutCode
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => /^[\p{Lu}\d_-]*\p{Lu}[\p{Lu}\d_-]*[.:…]*$/u.test(paragraph));
}

test.each(pages)('%s says everything, and leaves no word in the place of a paragraph', (page) => {
  expect(placeholders(read(page))).toEqual([]);
});

test('a word in the place of a paragraph is seen, and no other', () => {
  const page =
    '# API\n\nTODO\n\nGET\n/\n\n```text\nOK\n\nOK\n```\n\nYes\n\n| A |\n\nWHAT_IS_LEFT…\n';
  expect(placeholders(page)).toEqual(['TODO', 'WHAT_IS_LEFT…']);
});
