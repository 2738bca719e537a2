import { readFile } from 'node:fs/promises';
import { OpenAPISchemaValidator } from 'express-openapi-validator/dist/framework/openapi.schema.validator.js';

/**
 * Reads an OpenAPI document, and says everything that makes it none; the validator would only say that it is none.
 *
 * @param file the bundled document
 * @throws Error that lists all of it
 */
export async function readOpenApi(file: string): Promise<unknown> {
  const document: unknown = JSON.parse(await readFile(file, 'utf8'));
  const version = isObject(document) ? String(document.openapi) : 'nothing';
  if (!/^3\.1\.\d+$/.test(version)) {
    throw new Error(`The contract says openapi: ${version}; it must be 3.1.`);
  }
  const { errors } = metaValidator(version).validate(document);
  if (!errors?.length) return document;
  const lines = errors.map(({ instancePath, message }) => `  ${instancePath} ${message ?? ''}`);
  throw new Error(['The contract is not valid:', ...lines].join('\n'));
}

/** Declared as a method so that TypeScript compares parameters both ways: that what it takes is a document is for it to find out. */
interface MetaValidator {
  validate(document: unknown): {
    errors?: { instancePath: string; message?: string }[] | null;
  };
}

function metaValidator(version: string): MetaValidator {
  return new OpenAPISchemaValidator({ version, validateApiSpec: true });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
