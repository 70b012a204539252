import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, type Response } from 'express';

/** What {@link siteFiles} serves. */
export interface SiteFilesOptions {
  /** Folder of the built web UI. Names below its `assets` change with their content. */
  readonly root: string;
  /** Sets what every answer carries. */
  readonly setHeaders: (response: Response) => void;
}

const COMPRESSED = '.br';
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/**
 * Serves the files of the web UI. A browser that takes Brotli gets the file that the build has put beside a script or a style sheet,
 * `<name>.br`. Files whose names change with their content are kept for ever; all others are asked for again each time.
 */
export function siteFiles({ root, setHeaders }: SiteFilesOptions): RequestHandler {
  const assets = join(root, 'assets');
  const compressed = new Set(existsSync(assets) ? readdirSync(assets).filter((name) => name.endsWith(COMPRESSED)) : []);
  const serve = express.static(root, {
    index: 'index.html',
    redirect: false,
    setHeaders(response, path) {
      setHeaders(response);
      const isAsset = path.startsWith(join(assets, '/'));
      response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (isAsset) response.setHeader('Vary', 'Accept-Encoding');
      const type = isAsset && path.endsWith(COMPRESSED) ? TYPES[path.split('.').at(-2) ?? ''] : undefined;
      if (type === undefined) return;
      response.setHeader('Content-Encoding', 'br');
      response.setHeader('Content-Type', type);
    },
  });
  return (request, response, next) => {
    const [, name = ''] = /^\/assets\/([\w.-]+)$/.exec(request.path) ?? [];
    if (compressed.has(name + COMPRESSED) && request.acceptsEncodings('br') === 'br') {
      request.url = `/assets/${name}${COMPRESSED}`;
    }
    serve(request, response, next);
  };
}
