/** What pages are held against: the least that React and the same Vite make of a heading, and of a list of 10,000 rows. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'vite';

/** Rows of the list, and of the table that is held against it. */
export const ROWS = 10_000;

/** Bare pages that are served. */
export interface BarePages {
  /** A page with nothing but a heading. */
  readonly headingUrl: string;
  /** A page with nothing but a virtual list, whose box is the grid `Rows`. */
  readonly listUrl: string;
  close(): Promise<void>;
}

const HEADING = `
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
createRoot(document.getElementById('root')).render(createElement('h1', null, 'A heading'));
`;

const LIST = `
import { createElement, useRef } from 'react';
import { createRoot } from 'react-dom/client';
import { useVirtualizer } from '@tanstack/react-virtual';
function List() {
  const box = useRef(null);
  const rows = useVirtualizer({ count: ${ROWS}, getScrollElement: () => box.current, estimateSize: () => 34, overscan: 12 });
  const row = ({ index, start }) =>
    createElement('div', { key: index, style: { position: 'absolute', height: 34, transform: 'translateY(' + start + 'px)' } }, 'Row ' + index);
  const all = createElement('div', { style: { position: 'relative', height: rows.getTotalSize() } }, rows.getVirtualItems().map(row));
  return createElement('div', { ref: box, role: 'grid', 'aria-label': 'Rows', style: { height: '100vh', overflowY: 'auto' } }, all);
}
createRoot(document.getElementById('root')).render(createElement(List));
`;

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

/** Builds the bare pages and serves them from memory, as the files of the site are. */
export async function serveBarePages(): Promise<BarePages> {
  // Below node_modules, so that React resolves as it does for the site.
  const folder = join(import.meta.dirname, 'bare-pages');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const scripts = { heading: HEADING, list: LIST };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, `${name}.js`), script);
    writeFileSync(join(folder, `${name}.html`), page(name));
  }
  const input = Object.keys(scripts).map((name) => join(folder, `${name}.html`));
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    build: { target: 'es2022', modulePreload: { polyfill: false }, rollupOptions: { input } },
  });
  const server = createServer((request, response) => {
    const file = join(folder, 'dist', new URL(request.url ?? '/', 'http://bare').pathname);
    try {
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    headingUrl: `${url}/heading.html`,
    listUrl: `${url}/list.html`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function page(script: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bare</title></head><body style="margin: 0"><div id="root"></div><script type="module" src="/${script}.js"></script></body></html>`;
}
