import { sql } from 'slonik';

/**
 * A column of type timestamptz, as the contract's Timestamp, under its own name. It is text from here on:
 * nothing rounds or shifts it.
 */
export function timestamp(table: string, column: string) {
  const name = sql.identifier([column]);
  const value = sql.identifier([table, column]);
  return sql.fragment`to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${name}`;
}
