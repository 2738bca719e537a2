import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { PrimitiveValueExpression, QuerySqlToken } from 'slonik';

/**
 * A statement that is put together once, and has other values each time. Slonik puts the text of a statement together from
 * its fragments whenever it is asked for, and then everything that looks it up by its text reads it to its end, so that for
 * a kilobyte of SQL the text alone was a tenth of a request's processor time.
 *
 * @param write the statement, with `value(name)` wherever a value of that name belongs
 * @returns the statement with these values
 */
export function prepared<Name extends string, Row extends StandardSchemaV1>(
  write: (value: (name: Name) => string) => QuerySqlToken<Row>,
): (values: Readonly<Record<Name, PrimitiveValueExpression>>) => QuerySqlToken<Row> {
  const names = new Map<PrimitiveValueExpression, Name>();
  const written = write((name) => {
    // PostgreSQL takes no NUL, so nothing else in a statement looks like that.
    const mark = `\0${name}`;
    names.set(mark, name);
    return mark;
  });
  // As Slonik itself does before it sends the text.
  const text = written.sql.replaceAll('$slonik_', '$');
  const places = written.values.map((constant) => ({ constant, name: names.get(constant) }));
  return (values) => ({
    ...written,
    sql: text,
    values: places.map(({ constant, name }) => (name === undefined ? constant : values[name])),
  });
}
