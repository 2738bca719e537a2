import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { listen } from '../support/listen.ts';

/** A request on its way, to be bent. */
export interface Passing {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** Takes something from each request, so that the server behaves as if it did not know it. */
export type Tamper = (passing: Passing) => void;

/** Starts a proxy before a server, which tampers with what it passes on. */
export function startTamperer(origin: string, tamper: Tamper): ReturnType<typeof listen> {
  const proxy = createServer((incoming, outgoing) => {
    const passing = { url: new URL(incoming.url ?? '/', origin), headers: { ...incoming.headers } };
    tamper(passing);
    const { url, headers } = passing;
    const onward = request(url, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', (error) => outgoing.destroy(error));
    incoming.pipe(onward);
  });
  return listen(proxy);
}
