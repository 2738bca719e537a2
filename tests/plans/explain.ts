import pg from 'pg';
import { statementName } from '../../src/telemetry/statement-name.ts';

/** A statement as it was sent. */
export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A step of a plan that reads a table. */
export interface Scan {
  readonly table: string;
  /** As PostgreSQL calls it: `Index Scan`, `Seq Scan`, ... */
  readonly type: string;
  readonly index: string | undefined;
  /** What the index is asked for. */
  readonly condition: string;
  /** What rows are thrown away for after they were read. */
  readonly filter: string | undefined;
  /** How many rows it found; only of a plan that was run. */
  readonly rows: number | undefined;
}

/** What a plan does, as far as it matters here. */
export interface Plan {
  readonly statement: string;
  /** `generic` is the one that a named statement comes to: made without knowing the values. */
  readonly kind: 'custom' | 'generic';
  readonly scans: readonly Scan[];
  /** How many steps sort rows. */
  readonly sorts: number;
  /** How many steps change or lock rows. */
  readonly changes: number;
  /** Rows that an `Index Only Scan` had to look up in the table; only of a plan that was run. */
  readonly heapFetches: number;
}

/** Asks PostgreSQL for the plans of a statement: for these values, and for any. Nothing is run. */
export async function plansOf(client: pg.Client, sent: Sent): Promise<Plan[]> {
  const { text, values } = sent;
  const custom = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values]);
  // Without values, so that the placeholders stay placeholders.
  const generic = await client.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`);
  return [planOf(text, 'custom', custom), planOf(text, 'generic', generic)];
}

/** Runs a statement and says how. */
export async function run(client: pg.Client, { text, values }: Sent): Promise<Plan> {
  const result = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values]);
  return planOf(text, 'custom', result);
}

function planOf(text: string, kind: Plan['kind'], { rows }: pg.QueryResult): Plan {
  const nodes = flatten(rows[0]['QUERY PLAN'][0].Plan);
  return {
    statement: statementName(text),
    kind,
    scans: nodes.flatMap(scanOf),
    sorts: nodes.filter((node) => /Sort/.test(node['Node Type'])).length,
    changes: nodes.filter((node) => /^(ModifyTable|LockRows)$/.test(node['Node Type'])).length,
    heapFetches: nodes.reduce<number>((sum, node) => sum + Number(node['Heap Fetches'] ?? 0), 0),
  };
}

function scanOf(node: any): Scan[] {
  const type: string = node['Node Type'];
  if (!type.endsWith('Scan') || node['Relation Name'] === undefined) return [];
  const bitmap = type === 'Bitmap Heap Scan' ? flatten(node)[1] : undefined;
  const source = bitmap ?? node;
  return [
    {
      table: node['Relation Name'],
      type,
      index: source['Index Name'],
      condition: source['Index Cond'] ?? '',
      filter: node.Filter,
      rows: node['Actual Rows'],
    },
  ];
}

function flatten(node: any): any[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
