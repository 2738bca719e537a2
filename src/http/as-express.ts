import type { IncomingMessage } from 'node:http';
import express, { type Request } from 'express';

/**
 * Makes what gives a request Express's own getters, `ip` and `path` among them, for a request that the application does not
 * get: so that what it says is what the application would have gone by.
 *
 * @param trustProxy how many proxies in front are trusted to name the client
 * @returns changes the request, and returns it
 */
export function createExpressView(trustProxy: number): (req: IncomingMessage) => Request {
  const app = express();
  app.set('trust proxy', trustProxy);

  // Express itself begins with this.
  function become(req: IncomingMessage): asserts req is Request {
    Object.setPrototypeOf(req, app.request);
  }

  return (req) => {
    become(req);
    return req;
  };
}
