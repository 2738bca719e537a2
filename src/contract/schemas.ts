import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Ajv2020, _ } from 'ajv/dist/2020.js';
import { useFunc } from 'ajv/dist/compile/util.js';
import codePoints from 'ajv/dist/runtime/ucs2length.js';
import lengths from 'ajv/dist/vocabularies/validation/limitLength.js';
import formats from 'ajv-formats';
import type { components } from '../../generated/openapi.d.ts';
import { contractDocument } from './document.ts';

const CONTRACT = 'contract';

let compiler: Ajv2020 | undefined;

/** Most of what is a date and a time: nothing that is none, and not the last days of February, which take a calculation. */
const ORDINARY_DATE_TIME =
  /^\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** The library's own check takes most of the time of parsing a page of tasks, so it has only the rest to do. */
function dateTimeCheck(): (text: string) => boolean {
  const library = formats.default(new Ajv2020(), { mode: 'full', formats: ['date-time'] });
  const check = library.compile({ type: 'string', format: 'date-time' });
  return (text) => ORDINARY_DATE_TIME.test(text) || check(text);
}

/**
 * The keywords for lengths, as JSON Schema has them: in code points. Ajv reads a text to its end to count them, for each bound, which
 * took half of the time of parsing a page of tasks. How many code units there are is known, and mostly says enough.
 */
function addLengths(to: Ajv2020): void {
  const keywords = ['minLength', 'maxLength'];
  for (const keyword of keywords) to.removeKeyword(keyword);
  to.addKeyword({
    keyword: keywords,
    type: 'string',
    schemaType: 'number',
    ...(lengths.default.error && { error: lengths.default.error }),
    before: 'pattern', // Where they were: a pattern sees no text that is longer than it may be.
    code(context) {
      const { gen, data: text, keyword, schemaCode: bound } = context;
      const count = useFunc(gen, codePoints.default);
      context.fail(
        keyword === 'minLength'
          ? _`${text}.length < 2 * ${bound} && ${count}(${text}) < ${bound}`
          : _`${text}.length > ${bound} && ${count}(${text}) > ${bound}`,
      );
    },
  });
}

/** Ajv with the whole contract loaded, so that every `$ref` into it resolves. */
function ajv(): Ajv2020 {
  if (!compiler) {
    // The document is an OpenAPI document with schemas in it, not a schema: strict mode and
    // meta-validation would complain of everything else. The linter checks the schemas instead.
    compiler = new Ajv2020({ strict: false, validateSchema: false, allErrors: false });
    formats.default(compiler, { mode: 'full' });
    compiler.addFormat('date-time', dateTimeCheck());
    addLengths(compiler);
    compiler.addSchema(contractDocument(), CONTRACT);
  }
  return compiler;
}

/**
 * A Standard Schema (https://standardschema.dev) from JSON Schema, compiled at its first use. In it
 * `{ $ref: schemaRef('Task') }` means the contract's own schema.
 */
export function standardSchema<T>(jsonSchema: object): StandardSchemaV1<unknown, T> {
  const compile = () => ajv().compile<T>(jsonSchema);
  let validate: ReturnType<typeof compile> | undefined;
  return {
    '~standard': {
      version: 1,
      vendor: 'todo-api',
      validate(value) {
        validate ??= compile();
        if (validate(value)) return { value };
        const issues = (validate.errors ?? []).map(({ instancePath, message }) => ({
          message: `${instancePath} ${message ?? 'is not valid'}`,
        }));
        return { issues };
      },
    },
  };
}

/** The address of a contract schema inside a schema given to `standardSchema`. */
export function schemaRef(name: keyof components['schemas']): string {
  return `${CONTRACT}#/components/schemas/${name}`;
}

/** A schema of the contract, by name, as a Standard Schema. */
export function contractSchema<Name extends keyof components['schemas']>(
  name: Name,
): StandardSchemaV1<unknown, components['schemas'][Name]> {
  return standardSchema({ $ref: schemaRef(name) });
}
