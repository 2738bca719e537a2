import { readFile } from 'node:fs/promises';

/** How much a contract documents. */
export interface Documented {
  readonly operations: number;
  /** Responses, one for each status of each operation. */
  readonly statuses: number;
  /** Named examples of bodies and headers, each as often as it is used. */
  readonly examples: number;
}

interface Operation {
  readonly operationId?: string;
  readonly responses?: object;
}

/** What of the contract is counted. */
interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Counts what a bundled contract documents. */
export async function countDocumented(file: string): Promise<Documented> {
  const contract = JSON.parse(await readFile(file, 'utf8')) as Contract;
  const operations = Object.values(contract.paths)
    .flatMap((item) => Object.values(item))
    .filter(({ operationId }) => operationId !== undefined);
  return {
    operations: operations.length,
    statuses: operations.reduce(
      (sum, { responses = {} }) => sum + Object.keys(responses).length,
      0,
    ),
    examples: countExamples(contract),
  };
}

function countExamples(part: unknown): number {
  if (typeof part !== 'object' || part === null) return 0;
  const named =
    'schema' in part && 'examples' in part ? Object.keys(part.examples ?? {}).length : 0;
  return Object.values(part).reduce((sum: number, value) => sum + countExamples(value), named);
}
