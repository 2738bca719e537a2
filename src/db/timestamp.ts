import { sql } from 'slonik';

/**
 * A column of type timestamptz(3), as the contract's Timestamp, under its own name. It is text from here on:
 * nothing rounds or shifts it.
 *
 * JSON has such a time in the right form whatever the session's settings are, but says no zone, and no zeros at the end. With a
 * microsecond more it always has six digits behind the point, of which the first three are the column's. `to_char` takes
 * twice as much.
 */
export function timestamp(table: string, column: string) {
  const name = sql.identifier([column]);
  const value = sql.identifier([table, column]);
  const json = sql.fragment`to_json(${value} AT TIME ZONE interval '0' + interval '1 microsecond')`;
  return sql.fragment`substr(${json}::text, 2, 23) || 'Z' AS ${name}`;
}
