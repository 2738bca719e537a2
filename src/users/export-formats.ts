import type { ResponseMediaType } from '../contract/types.ts';
import type { Task } from '../db/task-columns.ts';
import { entityTag } from '../http/conditional.ts';
import type { User } from './queries.ts';

/** How an export is written in one of its formats. */
interface ExportFormat {
  /** The entity-tag at a revision. The formats are different bytes, so they have different ones. */
  readonly entityTag: (revision: number) => string;
  /** The value of `Content-Disposition`. */
  readonly disposition: 'attachment; filename="tasks.json"' | 'attachment; filename="tasks.ndjson"';
  /** The text, piece by piece, of no more than a page each: the first is known to be there before any is sent. */
  readonly write: (user: User, pages: AsyncIterable<readonly Task[]>) => AsyncIterable<string>;
}

/** The formats of an export, by media type. */
export const exportFormats: Readonly<Record<ResponseMediaType<'exportUser'>, ExportFormat>> = {
  'application/json': {
    entityTag,
    disposition: 'attachment; filename="tasks.json"',
    write: writeJson,
  },
  'application/x-ndjson': {
    entityTag: (revision) => `"${revision}-ndjson"`,
    disposition: 'attachment; filename="tasks.ndjson"',
    write: writeLines,
  },
};

/** One object, of the contract's UserExport. */
async function* writeJson(user: User, pages: AsyncIterable<readonly Task[]>) {
  let before = `{"user":${JSON.stringify(user)},"tasks":[`;
  for await (const tasks of pages) {
    yield before + tasks.map((task) => JSON.stringify(task)).join(',');
    before = ',';
  }
  yield before.startsWith('{') ? `${before}]}` : ']}';
}

/** One object a line (https://github.com/ndjson/ndjson-spec): the user, then each task. */
async function* writeLines(user: User, pages: AsyncIterable<readonly Task[]>) {
  let before = `${JSON.stringify(user)}\n`;
  for await (const tasks of pages) {
    yield before + tasks.map((task) => `${JSON.stringify(task)}\n`).join('');
    before = '';
  }
  if (before) yield before;
}
