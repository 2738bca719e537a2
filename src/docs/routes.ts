import type { Express } from 'express';
import { otherMethods } from '../http/routes.ts';
import type { DocsFile } from './files.ts';
import { serveFile } from './serve.ts';

/**
 * Adds a route for each file. They are no operations of the contract: they need no token, count against no limit, and take
 * GET, HEAD and OPTIONS alone.
 *
 * @param files by their paths in URLs
 */
export function addDocsRoutes(app: Express, files: ReadonlyMap<string, DocsFile>): void {
  for (const [path, file] of files) {
    app
      .route(path)
      .get(serveFile(file))
      .all(otherMethods(['get']));
  }
}
