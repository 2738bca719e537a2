import { contractDocument } from './document.ts';

/** What Ajv says, and how it is said to people. The first that fits counts. */
const SENTENCES: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/^must have required property .*$/, 'is required'],
  [/^must NOT have (?:additional|unevaluated) properties$/, 'is not a property of this object'],
  [/^must NOT have fewer than 1 properties$/, 'must have at least one property'],
  [/^must NOT have fewer than 1 characters$/, 'must not be empty'],
  [/^must NOT have fewer than (\d+) (\w+)$/, 'must have at least $1 $2'],
  [/^must NOT have more than (\d+) (\w+)$/, 'must have at most $1 $2'],
  [/^must be >= (.+)$/, 'must be at least $1'],
  [/^must be <= (.+)$/, 'must be at most $1'],
  [/^must be equal to one of the allowed values: (.+)$/, 'must be one of $1'],
  [/^must be (\w+),null$/, 'must be a $1 or null'],
  [/^must be (integer|object|array)$/, 'must be an $1'],
  [/^must be (string|boolean|number)$/, 'must be a $1'],
];

const WORD_KEYWORD = 'x-invalid';

let wordsByPattern: ReadonlyMap<string, string> | undefined;

/** What the contract itself says to people whose value does not match a pattern, by the pattern. */
function contractWords(): ReadonlyMap<string, string> {
  wordsByPattern ??= new Map(collectWords(contractDocument()));
  return wordsByPattern;
}

function* collectWords(part: unknown): Generator<[pattern: string, words: string]> {
  if (typeof part !== 'object' || part === null) return;
  const words: unknown = WORD_KEYWORD in part ? part[WORD_KEYWORD] : undefined;
  if ('pattern' in part && typeof part.pattern === 'string' && typeof words === 'string') {
    yield [part.pattern, words];
  }
  for (const value of Object.values(part)) yield* collectWords(value);
}

/** A sentence that a front-end can show beside what it is about. */
export interface Sentence {
  readonly text: string;
  /** Whether it is the contract's own: it then says all that the value must be, and the best of several. */
  readonly isOfContract: boolean;
}

/** Translates a message of Ajv, which is meant for programmers. */
export function sentence(message: string): Sentence {
  const pattern = /^must match pattern "(.*)"$/s.exec(message)?.[1];
  const words = pattern === undefined ? undefined : contractWords().get(pattern);
  if (words !== undefined) return { text: words, isOfContract: true };
  const found = SENTENCES.find(([said]) => said.test(message));
  return { text: found ? message.replace(...found) : message, isOfContract: false };
}
