import type { RequestHandler } from 'express';
import { ApiError } from '../errors.ts';

/** No script, no foreign origin, no frame: the sign-in pages need nothing but their stylesheet and forms to themselves. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Sets the headers that every answer of the front's own pages and API carries. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // With no-referrer, browsers state `Origin: null` on our own forms, which looks like a foreign one.
    'referrer-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  });
  next();
};

/**
 * Refuses requests that change something and that a browser sent on behalf of a foreign page, judged by Fetch Metadata
 * and `Origin` (`null` is foreign). Programs send neither. `isExempt` names paths that other sites are meant to post to, which
 * judge a request by what it carries.
 */
export function refuseCrossSite(options: {
  readonly publicUrl: string;
  readonly isExempt?: (path: string) => boolean;
}): RequestHandler {
  const { origin } = new URL(options.publicUrl);
  return (request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD' || options.isExempt?.(request.path)) return next();
    const site = request.headers['sec-fetch-site'];
    const isForeign =
      (request.headers.origin !== undefined && request.headers.origin !== origin) ||
      (site !== undefined && site !== 'same-origin' && site !== 'none');
    if (!isForeign) return next();
    throw new ApiError({ code: 'ERR_API_CROSS_SITE', message: 'the request comes from a page of another site' });
  };
}
