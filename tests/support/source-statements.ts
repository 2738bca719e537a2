import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const src = new URL('../../src/', import.meta.url);

/** The text of every SQL statement that is written in `src/`, up to its first value. */
export const sourceStatements: readonly string[] = readdirSync(src, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => statementsIn(readFileSync(new URL(file, src), 'utf8')));

/** The same of one source: every template with a tag of Slonik's `sql`, except the fragments, which are parts of others. */
export function statementsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && isStatement(node.tag)) {
      const { template } = node;
      found.push(ts.isTemplateExpression(template) ? template.head.text : template.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return found;
}

/** Whether it is `sql.unsafe`, or `sql.type(…)` with whatever in the brackets. */
function isStatement(tag: ts.Expression): boolean {
  const method = ts.isCallExpression(tag) ? tag.expression : tag;
  return (
    ts.isPropertyAccessExpression(method) &&
    ts.isIdentifier(method.expression) &&
    method.expression.text === 'sql' &&
    method.name.text !== 'fragment'
  );
}
