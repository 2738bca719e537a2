import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const src = new URL('../../src/', import.meta.url);

/** Parts of statements, and Ajv's own code. */
const OTHERS = ['sql.fragment', '_'];

/** The text of every SQL statement that is written in `src/`, up to its first value. */
export const sourceStatements: readonly string[] = readdirSync(src, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => statementsIn(readFileSync(new URL(file, src), 'utf8')));

/**
 * The same of one source: every template with a tag, except those that are known to be no statements. So one whose tag is
 * written in a new way is a statement that nobody has run, and does not go unseen.
 */
export function statementsIn(source: string): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && !OTHERS.includes(node.tag.getText(file))) {
      const { template } = node;
      found.push(ts.isTemplateExpression(template) ? template.head.text : template.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
