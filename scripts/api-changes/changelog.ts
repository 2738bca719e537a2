import type { Change } from './oasdiff.ts';

const TITLES = [
  [3, 'Breaks clients'],
  [2, 'May break some'],
  [1, 'Breaks nobody'],
] as const;

const FIRST = 'the beginning';

/**
 * The changes of the API since a release, for people, in Markdown.
 *
 * @param version of the contract now
 * @param since the tag of the release; undefined when there was none yet
 * @returns empty when nothing has changed since the release
 */
export function changesSince(
  version: string,
  since: string | undefined,
  changes: readonly Change[],
): string {
  if (since === undefined) {
    return block(version, FIRST, [
      'Nothing was released before, so there is nothing to compare with.',
    ]);
  }
  if (changes.length === 0) return '';
  const sections = TITLES.flatMap(([level, title]) => {
    const lines = new Set(changes.filter((change) => change.level === level).map(line));
    return lines.size === 0 ? [] : [`#### ${title}`, [...lines].sort().join('\n')];
  });
  return block(since === `v${version}` ? 'Unreleased' : version, since, sections);
}

/**
 * The page with the changes since that release brought up to date. What it says about earlier releases stays.
 *
 * @throws when the page has no section for them
 */
export function updated(page: string, since: string | undefined, changes: string): string {
  const heading = '## API\n';
  const start = page.indexOf(heading);
  if (start < 0) throw new Error('docs/CHANGELOG.md has no section "API".');
  const begin = page.indexOf(opening(since ?? FIRST));
  const end = begin < 0 ? -1 : page.indexOf(CLOSING, begin) + CLOSING.length;
  const rest =
    begin < 0
      ? page.slice(start + heading.length)
      : page.slice(start + heading.length, begin) + page.slice(end);
  const parts = [page.slice(0, start + heading.length), changes, rest];
  return `${parts
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n\n')}\n`;
}

const CLOSING = '<!-- end of changes -->';

function opening(since: string): string {
  return `<!-- changes since ${since}, by npm run changelog -->`;
}

function block(title: string, since: string, sections: readonly string[]): string {
  return [opening(since), `### ${title}, since ${since}`, ...sections, CLOSING].join('\n\n');
}

function line({ operation, path, text }: Change): string {
  const where =
    path === undefined ? '' : `\`${operation === undefined ? '' : `${operation} `}${path}\`: `;
  return `- ${where}${outsideCode(text)}`;
}

/** Escapes what Markdown would take for emphasis; what is quoted as code stays. */
function outsideCode(text: string): string {
  return text
    .replaceAll('\n', ' ')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll(/[*_<>[\]]/g, '\\$&')))
    .join('');
}
