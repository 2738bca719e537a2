import { isObject, type Context } from './place.ts';

/** What can have examples. */
interface Exampled {
  readonly required?: unknown;
  readonly [keyword: string]: unknown;
}

/** Every required parameter has an example, which tools send when they have nothing better, and no list of them is empty. */
export function exampled(): object {
  return {
    Parameter(parameter: Exampled, context: Context) {
      checkNamed(parameter, context);
      if (parameter.required !== true || 'example' in parameter || 'examples' in parameter) return;
      report(context, 'A required parameter needs an example.');
    },
    Header: checkNamed,
    MediaType: checkNamed,
    Schema({ examples }: Exampled, context: Context) {
      if (Array.isArray(examples) && examples.length === 0) report(context, EMPTY);
    },
  };
}

const EMPTY = 'There are examples, and not one.';

function checkNamed({ examples }: Exampled, context: Context): void {
  if (examples === undefined) return;
  const named = isObject(examples) ? Object.entries(examples) : [];
  if (named.length === 0) report(context, EMPTY);
  for (const [name, example] of named) {
    const { node } = context.resolve(example);
    if (!isObject(node) || !('value' in node)) report(context, `Example ${name} has no value.`);
  }
}

function report(context: Context, message: string): void {
  context.report({ message, location: context.location });
}
