import { problems } from '../../src/contract/problems.ts';
import {
  isPublic,
  operationsOf,
  resolve,
  type Contract,
  type Operation,
  type Response,
  type Schema,
} from './document.ts';

const PROBLEM = 'application/problem+json';

/** The header that every answer has. */
const COMMON_HEADER = 'X-Request-Id';

/** Where the contract documents a code. */
interface Use {
  readonly operations: Set<string>;
  readonly headers: Set<string>;
}

/**
 * The source of docs/errors.md: a section for every code of the catalogue, in its order, with what the contract
 * documents about it.
 *
 * @throws Error when the contract documents a code under another status than the catalogue, or one that is not in it
 */
export function errorsPage(document: Contract): string {
  const operations = Object.values(document.paths).flatMap(operationsOf);
  const all = operations.map(([, operation]) => operation);
  const uses = usesOf(document, all);
  const codes = Object.entries(problems);
  const rows = codes.map(
    ([code, { status, title }]) => `- [\`${code}\`](#${code}): ${status} ${title}`,
  );
  const sections = codes.map(
    ([code, { status, title, cause, remedy }]) => `## ${code}

**${status} ${title}**

- Cause: ${cause}
- What to do: ${remedy}
${headersLine(uses.get(code))}- Answered by: ${answeredBy(document, all, uses.get(code))}
`,
  );
  return `<!-- Generated from openapi/ and src/contract/problems.ts by \`npm run generate\`. Do not edit. -->

# Errors

Every error is a problem document (RFC 9457, \`${PROBLEM}\`). Decide by its \`code\`: codes are never
renamed, and new ones may be added, so treat one that you do not know by its status. Show \`detail\` to people, do not
parse it. Quote \`request_id\` when you report a problem; it is also in the \`X-Request-Id\` header of every answer.
For invalid input \`errors\` names each place, by \`pointer\` (into the body), \`parameter\` or \`header\`.

${rows.join('\n')}

${sections.join('\n')}`;
}

/** Which operations document each code, and with which headers that are always there. */
function usesOf(document: Contract, operations: Operation[]): Map<string, Use> {
  const uses = new Map<string, Use>();
  for (const { operationId, responses } of operations) {
    for (const [status, reference] of Object.entries(responses)) {
      const response = resolve(document, reference);
      for (const code of codesOf(document, response.content?.[PROBLEM]?.schema)) {
        checkStatus(operationId, code, status);
        const use = uses.get(code) ?? { operations: new Set(), headers: new Set() };
        use.operations.add(operationId);
        for (const header of requiredHeaders(document, response)) use.headers.add(header);
        uses.set(code, use);
      }
    }
  }
  return uses;
}

/** The values that a problem's schema, or a part of it, leaves for `code`; the catalogue's own schema does not count. */
function codesOf(document: Contract, schema: Schema | undefined): string[] {
  const parts = resolve(document, schema)?.allOf ?? [];
  return parts.flatMap(({ properties }) => {
    const { const: value, enum: values } = properties?.code ?? {};
    return [value ?? [], values ?? []].flat().map(String);
  });
}

function checkStatus(operationId: string, code: string, status: string): void {
  const entry = Object.entries(problems).find(([name]) => name === code);
  if (entry && String(entry[1].status) === status) return;
  throw new Error(`${operationId} documents ${code} as ${status}, the catalogue does not`);
}

function requiredHeaders(document: Contract, response: Response): string[] {
  return Object.entries(response.headers ?? {})
    .filter(([name, header]) => name !== COMMON_HEADER && resolve(document, header).required)
    .map(([name]) => name);
}

function headersLine(use: Use | undefined): string {
  return use && use.headers.size > 0 ? `- Headers: ${names(use.headers)}\n` : '';
}

function answeredBy(document: Contract, operations: Operation[], use: Use | undefined): string {
  if (!use) return 'the server itself, when a request reaches no operation.';
  const secured = operations.filter((operation) => !isPublic(document, operation));
  const others = operations.map(idOf).filter((id) => !use.operations.has(id));
  if (others.length === 0) return 'every operation.';
  if (others.length === 1) return `every operation but ${names(others)}.`;
  if (secured.map(idOf).join() === [...use.operations].join()) {
    return 'every operation that needs a token.';
  }
  return `${names(use.operations)}.`;
}

function idOf({ operationId }: Operation): string {
  return operationId;
}

function names(values: Iterable<string>): string {
  return [...values].map((value) => `\`${value}\``).join(', ');
}
