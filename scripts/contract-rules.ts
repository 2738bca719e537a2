/**
 * Rules of our own for `redocly lint`, loaded by redocly.yaml: what its configurable rules cannot say, because their
 * conditions look at the parents of a schema, or at all of an operation.
 */
import { closed, problems, refusable } from './contract-rules/bodies.ts';
import { conditional } from './contract-rules/conditional.ts';
import { operationRule } from './contract-rules/operations.ts';
import { paged } from './contract-rules/pages.ts';
import { exampled } from './contract-rules/examples.ts';
import { explained } from './contract-rules/explanations.ts';
import { findable } from './contract-rules/resources.ts';
import { bounded, described, snakeCase, typed } from './contract-rules/schemas.ts';
import { fallible, rateLimited, secured } from './contract-rules/security.ts';

/** The plugin; Redocly loads the default export. */
export default function contractRules(): object {
  return {
    id: 'contract',
    rules: {
      oas3: {
        bounded,
        described,
        exampled,
        'snake-case': snakeCase,
        typed,
        closed: operationRule(closed),
        conditional: operationRule(conditional),
        explained: operationRule(explained),
        fallible: operationRule(fallible),
        findable: operationRule(findable),
        paged: operationRule(paged),
        problems: operationRule(problems),
        'rate-limited': operationRule(rateLimited),
        refusable: operationRule(refusable),
        secured: operationRule(secured),
      },
    },
  };
}
