/** Of the hosts of Neon's databases. */
const NEON = '.neon.tech';

/** Whether a database is one of Neon's, by its `postgres://` URL. */
export function isNeon(databaseUrl: string): boolean {
  return hostOf(databaseUrl).endsWith(NEON);
}

/** Whether it is reached through Neon's pooler, which works in transaction mode: the first label then ends with `-pooler`. */
export function isNeonPooler(databaseUrl: string): boolean {
  const [endpoint] = hostOf(databaseUrl).split('.');
  return isNeon(databaseUrl) && endpoint?.endsWith('-pooler') === true;
}

/** The parser leaves case and final dot of the host as they are where it does not know the protocol. */
function hostOf(databaseUrl: string): string {
  return (URL.parse(databaseUrl)?.hostname.toLowerCase() ?? '').replace(/\.$/, '');
}
