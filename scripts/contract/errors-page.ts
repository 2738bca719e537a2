import type { Contract } from './document.ts';
import { names, problemEntries } from './problem-entries.ts';

/**
 * The source of docs/errors.md: a section for every code of the catalogue, in its order, with what the contract
 * documents about it.
 *
 * @throws Error when the contract documents a code under another status than the catalogue, or one that is not in it
 */
export function errorsPage(document: Contract): string {
  const entries = problemEntries(document);
  const rows = entries.map(
    ({ code, status, title }) => `- [\`${code}\`](#${code}): ${status} ${title}`,
  );
  const sections = entries.map(
    ({ code, status, title, cause, remedy, headers, answeredBy }) => `## ${code}

**${status} ${title}**

- Cause: ${cause}
- What to do: ${remedy}
${headers.length > 0 ? `- Headers: ${names(headers)}\n` : ''}- Answered by: ${answeredBy}
`,
  );
  return `<!-- Generated from openapi/ and src/contract/problems.ts by \`npm run generate\`. Do not edit. -->

# Errors

Every error is a problem document (RFC 9457, \`application/problem+json\`). Decide by its \`code\`: codes are never
renamed, and new ones may be added, so treat one that you do not know by its status. Show \`detail\` to people, do not
parse it. Quote \`request_id\` when you report a problem; it is also in the \`X-Request-Id\` header of every answer.
For invalid input \`errors\` names each place, by \`pointer\` (into the body), \`parameter\` or \`header\`.

${rows.join('\n')}

${sections.join('\n')}`;
}
