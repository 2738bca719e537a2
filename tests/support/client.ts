import { contract, dereference, operationOf, violations } from './contract.ts';
import { signToken } from './tokens.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; undefined when there is none. */

  readonly body: any;
}

/** What a request may carry beside method and path. */
export interface RequestOptions {
  /** Sent as JSON, unless it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests as one user and holds every answer against the contract. */
export type Client = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

/**
 * A client that fails the test when an answer is not what the contract documents: status, media type,
 * body, required headers.
 *
 * @param token sent as bearer token; none when undefined
 */
export function createClient(url: string, token?: string): Client {
  return async (method, path, { body, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      redirect: 'manual',
      ...(body !== undefined && { body: encode(body) }),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
    assertDocumented(method, path, answer);
    return answer;
  };
}

/** A client that is signed in as `subject`. */
export async function signedIn(url: string, subject: string): Promise<Client> {
  return createClient(url, await signToken({ sub: subject }));
}

function encode(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body);
}

/** Throws unless the contract documents the answer. */
export function assertDocumented(method: string, path: string, answer: Answer): void {
  const found = documented(method, path, answer);
  if (found.length === 0) return;
  throw new Error(
    `${method} ${path} answered ${answer.status}, against the contract: ${found.join('; ')}\n${answer.text}`,
  );
}

function documented(method: string, path: string, answer: Answer): string[] {
  const operation = operationOf(method, path.replace(/[?#].*/, ''));
  if (!operation) return outsideOperations(answer);

  const response = dereference(operation.responses[answer.status]);
  if (!response) return ['the status is not documented'];
  return [
    ...headerViolations(response.headers ?? {}, answer.headers),
    ...(method === 'HEAD' ? [] : bodyViolations(response.content, answer)),
  ];
}

/** Unknown paths and methods answer problems, too. */
function outsideOperations(answer: Answer): string[] {
  if (answer.status < 400) return [];
  return bodyViolations(
    { 'application/problem+json': { schema: contract.components.schemas.Problem } },
    answer,
  );
}

function headerViolations(documentedHeaders: Record<string, unknown>, headers: Headers): string[] {
  return Object.entries(documentedHeaders).flatMap(([name, reference]) => {
    const { required, schema } = dereference(reference);
    const value = headers.get(name);
    if (value === null) return required ? [`the header ${name} is missing`] : [];
    const typed = dereference(schema).type === 'integer' ? Number(value) : value;
    return violations(schema, typed).map((violation) => `the header ${name}${violation}`);
  });
}

function bodyViolations(content: Record<string, any> | undefined, answer: Answer): string[] {
  if (!content) return answer.text === '' ? [] : ['there is a body'];
  const mediaType = answer.headers.get('content-type')?.replace(/;.*/, '') ?? 'none';
  const documentedType = content[mediaType];
  if (!documentedType) return [`the media type ${mediaType} is not documented`];
  return violations(documentedType.schema, answer.body);
}
