import { createServer, type Server } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

const PATH = '/metrics';

/**
 * A server, not yet listening, with one page: `GET /metrics`, in the text format of Prometheus. It asks nobody who they are,
 * so it must listen where only the monitoring reaches it.
 */
export function createMetricsServer(registry: Registry, logger: Logger): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (req, res) => {
    // Nobody sends a body with reason, and one that is never read would keep the connection busy.
    if (req.headers['content-length'] || req.headers['transfer-encoding']) {
      res.shouldKeepAlive = false;
    }
    if (req.url?.replace(/\?.*/s, '') !== PATH) {
      res.writeHead(404).end();
    } else if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { Allow: 'GET, HEAD' }).end();
    } else {
      registry.metrics().then(
        (text) => res.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
        (error: unknown) => {
          logger.error({ err: error }, 'could not collect metrics');
          res.writeHead(500).end();
        },
      );
    }
  });
}
