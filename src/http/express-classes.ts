import {
  IncomingMessage,
  ServerResponse,
  type RequestListener,
  type ServerOptions,
} from 'node:http';
import type { Express } from 'express';

/** What `createServer` makes requests and responses of. */
type Classes = Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>;

/**
 * Has the requests and responses of a server made as Express wants them. Else it gives each of them another prototype, which
 * V8 takes as long for as for all of Express's own work, and after which they are slower to work with.
 *
 * @returns nothing for a listener that is none of Express's
 */
export function expressClasses(app: RequestListener): Classes {
  if (!isExpress(app)) return {};
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
  // Express's own prototypes inherit from Node's, as these did.
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  Object.assign(app, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

function isExpress(app: RequestListener): app is Express {
  return 'request' in app && 'response' in app;
}
