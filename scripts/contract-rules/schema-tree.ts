import { below, direct, directChildren, type Context, type Place } from './place.ts';

const ALTERNATIVES = ['anyOf', 'oneOf'];

/** Of one value, under conditions. */
const CONDITIONAL = ['if', 'then', 'else'];

/** Of values within. */
const WITHIN = [
  ...['items', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames'],
];
const NAMED_WITHIN = ['properties', 'patternProperties', 'prefixItems'];

/** The schemas that hold wherever this one does: where its reference leads, and the members of `allOf`. */
export function conjuncts(context: Context, schema: Place): Place[] {
  const { $ref } = schema.node;
  // What stands beside a reference holds as well (JSON Schema 2020-12, section 8.2.3.1).
  const target =
    typeof $ref === 'string' ? below(context, { ...schema, node: { $ref } }) : undefined;
  return [...(target === undefined ? [] : [target]), ...directChildren(schema, 'allOf').values()];
}

/** The lists of schemas of which one holds where this one does. */
export function alternatives(schema: Place): Place[][] {
  return ALTERNATIVES.map((keyword) => [...directChildren(schema, keyword).values()]).filter(
    (members) => members.length > 0,
  );
}

/** A schema and all that say something about the same value: those that do so always, or all that may. */
export function layers(context: Context, schema: Place, which: 'always' | 'ever'): Place[] {
  const found = new Map<Place['node'], Place>();
  const add = (place: Place) => {
    if (found.has(place.node)) return;
    found.set(place.node, place);
    (which === 'always' ? conjuncts(context, place) : aboutSame(context, place)).forEach(add);
  };
  add(schema);
  return [...found.values()];
}

/** The schemas that this one names for the same value. */
export function aboutSame(context: Context, schema: Place): Place[] {
  const conditional = [
    ...CONDITIONAL.map((keyword) => direct(schema, keyword)),
    ...directChildren(schema, 'dependentSchemas').values(),
  ].filter((place) => place !== undefined);
  return [...conjuncts(context, schema), ...alternatives(schema).flat(), ...conditional];
}

/** The schemas of what is in the value, by the way there as it is written in this schema. */
export function within(schema: Place): Map<string, Place> {
  const single = WITHIN.flatMap((keyword) => {
    const place = direct(schema, keyword);
    return place === undefined ? [] : [[keyword, place] as const];
  });
  const named = NAMED_WITHIN.flatMap((keyword) =>
    [...directChildren(schema, keyword)].map(
      ([name, place]) => [`${keyword}/${name}`, place] as const,
    ),
  );
  return new Map([...single, ...named]);
}

/** Whether a schema names a type among its own. */
export function hasType({ node }: Place, type: string): boolean {
  return [node.type].flat().includes(type);
}
