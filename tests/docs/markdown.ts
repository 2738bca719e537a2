import { readFileSync } from 'node:fs';

/** The repository's root, as a URL with a slash at the end. */
export const root = new URL('../../', import.meta.url);

/** The text of a file, by its path from the root. */
export function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** Commands that a page tells to type, and what it says comes out. */
export interface Step {
  readonly commands: string;
  /** Undefined when the page shows no answer. */
  readonly answer: string | undefined;
}

/** The steps of a tour: `sh` blocks under `<!-- tour -->`, each with the `text` block that follows it, if one does. */
export function tourSteps(page: string): Step[] {
  const step = /<!-- tour -->\n+```sh\n(.*?)```\n+(?:```text\n(.*?)```\n)?/gs;
  return [...page.matchAll(step)].map(([, commands = '', answer]) => ({ commands, answer }));
}

/** A pattern for the whole of an output of which a page shows a part: `…` stands for any text. */
export function shortened(answer: string): RegExp {
  const parts = answer.trim().split('…');
  return new RegExp(`^${parts.map(escape).join('.*?')}$`, 's');
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

/** The rows of the table under `<!-- name -->`, without its head; code marks and spaces around a cell are taken off. */
export function tableRows(page: string, name: string): string[][] {
  const table = new RegExp(`<!-- ${name} -->\\n+((?:\\|.*\\n)+)`).exec(page)?.[1] ?? '';
  const [, , ...rows] = table.trimEnd().split('\n');
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll(/^`|`$/g, '')),
  );
}

/** The anchors of a page, as GitHub makes them from its headings. */
export function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
