import type { RequestOf, ResponseOf } from '../contract/types.ts';
import { selectRevision } from '../db/revision.ts';
import { openSnapshot } from '../db/snapshot.ts';
import { isNotModified } from '../http/conditional.ts';
import type { ExportGate } from './export-gate.ts';
import { exportFormats } from './export-formats.ts';
import { selectUser, taskPages, type UsersDeps } from './queries.ts';

/** What an export needs beyond what the other account operations do. */
export interface ExportDeps extends UsersDeps {
  readonly exports: ExportGate;
}

/** How many tasks are in memory at once; the largest that the contract allows take 60 kB each. */
const PAGE_SIZE = 100;

/** `GET /api/{user_id}/export`: everything that the user owns, as it is at one moment, as a stream. */
export async function exportUser(
  { headers, principal, accept }: RequestOf<'exportUser'>,
  { db, exports }: ExportDeps,
): Promise<ResponseOf<'exportUser'>> {
  const { entityTag, disposition, write } = exportFormats[accept];
  // Before the snapshot is opened, since what is thrown in a transaction costs its connection.
  const current = entityTag(await selectRevision(db, principal));
  if (isNotModified(headers['if-none-match'], current)) {
    return { status: 304, headers: { ETag: current } };
  }

  const leave = exports.enter(principal.subject);
  const opened = openSnapshot(
    db,
    (snapshot) => selectRevision(snapshot, principal),
    async function* (snapshot) {
      const user = await selectUser(snapshot, principal);
      yield* write(user, taskPages(snapshot, principal, PAGE_SIZE));
    },
  );
  opened.then(({ stream }) => stream.once('close', leave), leave);
  const { head: revision, stream } = await opened;
  return {
    status: 200,
    headers: { ETag: entityTag(revision), 'Content-Disposition': disposition },
    mediaType: accept,
    stream,
  };
}
