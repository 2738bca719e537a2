import { readFileSync } from 'node:fs';
import { problems } from '../contract/problems.ts';

/** What is served to people who read about the API, and to their tools. */
export interface DocsFile {
  /** Without charset: all of it is UTF-8. */
  readonly mediaType: string;
  readonly content: Buffer;
}

const MEDIA_TYPES = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
  svg: 'image/svg+xml',
  // RFC 9512.
  yaml: 'application/yaml',
} as const;

type Extension = keyof typeof MEDIA_TYPES;

/**
 * Reads everything that is served beside the API: the contract, its pages, and a page for each problem at the `type` that
 * problem documents have.
 *
 * @returns the files by their paths in URLs
 * @throws Error when one is missing
 */
export function readDocsFiles(): ReadonlyMap<string, DocsFile> {
  const generated = new URL('../../generated/', import.meta.url);
  const assets = new URL('assets/', import.meta.url);
  const file = (base: URL, path: string, extension: Extension): DocsFile => ({
    mediaType: MEDIA_TYPES[extension],
    content: readFileSync(new URL(`${path}.${extension}`, base)),
  });
  return new Map<string, DocsFile>([
    ['/openapi.json', file(generated, 'openapi', 'json')],
    ['/openapi.yaml', file(generated, 'openapi', 'yaml')],
    ['/docs', file(generated, 'docs/index', 'html')],
    ['/docs/page.js', file(generated, 'docs/page', 'js')],
    ['/docs/redoc.js', file(generated, 'docs/redoc', 'js')],
    ['/docs/redoc.css', file(assets, 'redoc', 'css')],
    ['/docs/problems.css', file(assets, 'problems', 'css')],
    ['/docs/icon.svg', file(assets, 'icon', 'svg')],
    ['/docs/redocly.svg', file(assets, 'redocly', 'svg')],
    ['/problems', file(generated, 'docs/problems/index', 'html')],
    ...Object.keys(problems).map(
      (code) => [`/problems/${code}`, file(generated, `docs/problems/${code}`, 'html')] as const,
    ),
  ]);
}
