import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const dashboard = readFileSync(new URL('../../docs/grafana.json', import.meta.url), 'utf8');

/** What TypeScript has to say against a text in JSON as a dashboard, by the types that Grafana generates from its own schema. */
function complaintsAbout(text: string): string[] {
  const path = fileURLToPath(new URL('a-dashboard.ts', import.meta.url));
  const source = `import type { Dashboard } from '@grafana/schema';\nexport const dashboard: Dashboard = ${text};`;
  const options: ts.CompilerOptions = {
    strict: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  // There is no such file: as an import, JSON would lose the words that are in it.
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === path
      ? ts.createSourceFile(name, source, ts.ScriptTarget.ESNext)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

// It leaves queries, options and kinds of panels open; the queries are tested by themselves.
test("the dashboard is one by Grafana's own schema", () => {
  expect(complaintsAbout(dashboard)).toEqual([]);
});

test.each(['gridPos', 'min'])('another name for %s would be found', (name) => {
  const wrong = dashboard.replace(`"${name}"`, '"another"');
  expect(complaintsAbout(wrong)).toEqual([expect.stringContaining('another')]);
});
