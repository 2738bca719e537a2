import {
  operationsOf,
  resolve,
  type Contract,
  type Operation,
  type Parameter,
} from './document.ts';

/** A sample as Redoc shows it (https://redocly.com/docs/realm/content/api-docs/openapi-extensions/x-code-samples). */
interface Sample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** One request, with the contract's own examples in it. */
interface ExampleRequest {
  readonly method: string;
  readonly url: string;
  /** Without `Authorization`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly needsToken: boolean;
  readonly body: unknown;
  /** Whether a good answer has a JSON body. */
  readonly answersJson: boolean;
}

/** The optional parameters that a good client sends. The others would distract, or hold for one request only. */
const SHOWN = new Set(['completed', 'limit', 'if-match', 'idempotency-key']);

/**
 * A copy of the contract in which every operation has a sample for curl, JavaScript and Python. Each is a whole program that
 * reads the token from the environment variable `TOKEN`, needs nothing installed, and fails when the answer is a problem.
 *
 * @throws Error when a path parameter or a body that is required has no example
 */
export function withSamples(document: Contract): Contract {
  const copy = structuredClone(document);
  for (const [path, item] of Object.entries(copy.paths)) {
    for (const [method, operation] of operationsOf(item)) {
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const request = exampleRequest(copy, { path, method, operation, parameters });
      Object.assign(operation, { 'x-codeSamples': samples(request) });
    }
  }
  return copy;
}

function samples(request: ExampleRequest): Sample[] {
  return [
    { lang: 'Shell', label: 'curl', source: curl(request) },
    { lang: 'JavaScript', label: 'JavaScript', source: javaScript(request) },
    { lang: 'Python', label: 'Python', source: python(request) },
  ];
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

function exampleRequest(
  document: Contract,
  { path, method, operation, parameters: references }: Place,
): ExampleRequest {
  const parameters = references
    .map((parameter) => resolve(document, parameter))
    .filter(({ required, name }) => required === true || SHOWN.has(name.toLowerCase()));
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const query = new URLSearchParams(
    Object.fromEntries(of('query').map((one) => [one.name, exampleOf(one)])),
  );
  const filled = of('path').reduce(
    (url, one) => url.replace(`{${one.name}}`, encodeURIComponent(exampleOf(one))),
    path,
  );
  const [mediaType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const [example] = Object.values(content?.examples ?? {});
  if (content && !example) throw new Error(`${operation.operationId} has no example of its body`);
  const [success] = Object.keys(operation.responses)
    .filter((status) => status.startsWith('2'))
    .flatMap((status) => operation.responses[status] ?? []);
  return {
    method: method.toUpperCase(),
    url: `${document.servers?.[0]?.url ?? ''}${filled}${query.size > 0 ? `?${query.toString()}` : ''}`,
    headers: [
      ...(mediaType === undefined ? [] : [['Content-Type', mediaType] as const]),
      ...of('header').map((one) => [one.name, exampleOf(one)] as const),
    ],
    needsToken: (operation.security ?? document.security ?? []).length > 0,
    body: example && resolve(document, example).value,
    answersJson:
      success !== undefined && 'application/json' in (resolve(document, success).content ?? {}),
  };
}

function exampleOf({ name, example }: Parameter): string {
  if (example === undefined) throw new Error(`The parameter ${name} has no example`);
  return typeof example === 'string' ? example : JSON.stringify(example);
}

function curl({ method, url, headers, needsToken, body }: ExampleRequest): string {
  return [
    `curl -sS --fail-with-body ${method === 'GET' ? '' : `-X ${method} `}'${url}'`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...headers.map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined
      ? []
      : [`-d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`]),
  ].join(' \\\n  ');
}

function javaScript(request: ExampleRequest): string {
  const { method, url, headers, needsToken, body, answersJson } = request;
  const fields = [
    ...(needsToken ? ['Authorization: `Bearer ${process.env.TOKEN}`'] : []),
    ...headers.map(([name, value]) => `${/^\w+$/.test(name) ? name : `'${name}'`}: '${value}'`),
  ];
  const init = [
    ...(method === 'GET' ? [] : [`method: '${method}',`]),
    ...(fields.length === 0 ? [] : ['headers: {', ...fields.map((field) => `  ${field},`), '},']),
    ...(body === undefined ? [] : [`body: JSON.stringify(${javaScriptLiteral(body, '  ')}),`]),
  ];
  const call =
    init.length === 0
      ? `const response = await fetch('${url}');`
      : [
          `const response = await fetch('${url}', {`,
          ...init.map((line) => `  ${line}`),
          '});',
        ].join('\n');
  return [
    call,
    'if (!response.ok) throw new Error((await response.json()).detail);',
    answersJson ? 'console.log(await response.json());' : 'console.log(response.status);',
  ].join('\n');
}

function python({ method, url, headers, needsToken, body, answersJson }: ExampleRequest): string {
  const fields = [
    ...(needsToken ? [`"Authorization": f"Bearer {os.environ['TOKEN']}"`] : []),
    ...headers.map(
      ([name, value]) => `"${name}": ${value.includes('"') ? `'${value}'` : `"${value}"`}`,
    ),
  ];
  const imports = [
    ...(answersJson || body !== undefined ? ['import json'] : []),
    ...(needsToken ? ['import os'] : []),
    'import urllib.request',
  ];
  return [
    ...imports,
    '',
    'request = urllib.request.Request(',
    `    "${url}",`,
    `    method="${method}",`,
    ...(fields.length === 0
      ? []
      : ['    headers={', ...fields.map((field) => `        ${field},`), '    },']),
    ...(body === undefined ? [] : [`    data=json.dumps(${pythonLiteral(body)}).encode(),`]),
    ')',
    'with urllib.request.urlopen(request) as response:',
    answersJson ? '    print(json.load(response))' : '    print(response.status)',
  ].join('\n');
}

/** A JavaScript literal on several lines, of which all but the first are indented. */
function javaScriptLiteral(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2)
    .replaceAll(/^( *)"([A-Za-z_]\w*)":/gm, '$1$2:')
    .replaceAll('\n', `\n${indent}`);
}

/** What Python reads as the same value; its names for three of them differ, and strings are escaped alike. */
function pythonLiteral(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pythonLiteral(member)}`,
  );
  return `{${members.join(', ')}}`;
}
