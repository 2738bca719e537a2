import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Security headers for an API that answers JSON and nothing that a browser should render, run or frame.
 * Helmet's other defaults stand.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // Whether a page of another origin may read an answer is for CORS to say.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}
