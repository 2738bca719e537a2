/**
 * The port that `--port` gives.
 *
 * @throws Error that says what it takes
 */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new Error('--port takes a number from 0 to 65535.');
  return port;
}

/**
 * The origin of the server that `--upstream` gives.
 *
 * @throws Error that says what it takes
 */
export function parseUpstream(text: string): string {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) {
    throw new Error('--upstream takes the address of a server, such as http://127.0.0.1:3000.');
  }
  return text;
}
