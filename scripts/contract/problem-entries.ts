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

/** What there is to say about one code. All text is Markdown, with code marks and nothing else. */
export interface ProblemEntry {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
  /** The headers that such an answer always has, beside those that every answer has. */
  readonly headers: readonly string[];
  /** The end of a sentence that begins with "Answered by". */
  readonly answeredBy: string;
  /** A problem document with this code, when the contract has an example of one. */
  readonly example: object | undefined;
}

/** Where the contract documents a code. */
interface Use {
  readonly operations: Set<string>;
  readonly headers: Set<string>;
}

/**
 * Every code of the catalogue, in its order, with what the contract documents about it.
 *
 * @throws Error when the contract documents a code under another status than the catalogue, or one that is not in it
 */
export function problemEntries(document: Contract): ProblemEntry[] {
  const all = Object.values(document.paths)
    .flatMap(operationsOf)
    .map(([, operation]) => operation);
  const uses = usesOf(document, all);
  const examples = examplesOf(document, all);
  return Object.entries(problems).map(([code, { status, title, cause, remedy }]) => ({
    code,
    status,
    title,
    cause,
    remedy,
    headers: [...(uses.get(code)?.headers ?? [])],
    answeredBy: answeredBy(document, all, uses.get(code)),
    example: examples.get(code),
  }));
}

/** Which operations document each code, and with which headers that are always there. */
function usesOf(document: Contract, operations: Operation[]): Map<string, Use> {
  const uses = new Map<string, Use>();
  for (const { operationId, status, response } of responsesOf(document, operations)) {
    for (const code of codesOf(document, response.content?.[PROBLEM]?.schema)) {
      checkStatus(operationId, code, status);
      const use = uses.get(code) ?? { operations: new Set(), headers: new Set() };
      use.operations.add(operationId);
      for (const header of requiredHeaders(document, response)) use.headers.add(header);
      uses.set(code, use);
    }
  }
  return uses;
}

/** The first example of each code. */
function examplesOf(document: Contract, operations: Operation[]): Map<string, object> {
  const found = new Map<string, object>();
  for (const { response } of responsesOf(document, operations)) {
    for (const reference of Object.values(response.content?.[PROBLEM]?.examples ?? {})) {
      const { value } = resolve(document, reference);
      if (typeof value !== 'object' || value === null || !('code' in value)) continue;
      const code = String(value.code);
      if (!found.has(code)) found.set(code, value);
    }
  }
  return found;
}

function responsesOf(
  document: Contract,
  operations: Operation[],
): { operationId: string; status: string; response: Response }[] {
  return operations.flatMap(({ operationId, responses }) =>
    Object.entries(responses).map(([status, reference]) => ({
      operationId,
      status,
      response: resolve(document, reference),
    })),
  );
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

/** Names in code marks, with commas between. */
export function names(values: Iterable<string>): string {
  return [...values].map((value) => `\`${value}\``).join(', ');
}
