import { createOpenApi, operations, PERMISSION_CATALOGUE } from '@sallyport/core/api';
import { Router } from 'express';
import { type Html, html } from '../authn/html.ts';

/** Where the browsable reference of the REST API is. */
export const REFERENCE_PATH = '/api/reference';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Schemas };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Schemas }>>;
  readonly 'x-sallyport-permission': string;
  readonly 'x-sallyport-own-free'?: true;
}

type Schemas = Readonly<Record<string, { readonly schema: object }>>;

/**
 * Serves the reference: the OpenAPI document as a page that needs no script. Public, as the document is; made once, since
 * nothing in it changes while the server runs.
 */
export function createReferencePage(options: { readonly publicUrl: string; readonly version: string }): Router {
  const { paths } = createOpenApi({ serverUrl: options.publicUrl, version: options.version });
  const markup = renderReference(
    paths as Readonly<Record<string, Readonly<Record<string, Described>>>>,
    options.version,
  );
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/', (_request, response) => void response.type('html').send(markup));
  router.get('/style.css', (_request, response) => void response.type('css').send(STYLESHEET));
  return router;
}

function renderReference(
  paths: Readonly<Record<string, Readonly<Record<string, Described>>>>,
  version: string,
): string {
  const byTag = new Map<string, Html[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const [tag = ''] = described.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), renderOperation(method.toUpperCase(), path, described)]);
    }
  }
  const tags = [...byTag].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>REST API · Sallyport</title>
<link rel="stylesheet" href="${REFERENCE_PATH}/style.css">
</head>
<body>
<main>
<h1>REST API <small>${version}</small></h1>
<p>${Object.keys(operations).length} operations. The same as a document: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).
Each operation names the permission that it takes; <code>self</code> is about the caller alone, <code>each</code> takes the
permission of each resource in the body, <code>public</code> takes none.</p>
<nav aria-label="Subjects">${tags.map(([tag]) => html`<a href="#${tag}">${tag}</a> `)}<a href="#permissions">permissions</a></nav>
${tags.map(([tag, rendered]) => html`<section id="${tag}"><h2>${tag}</h2>${rendered}</section>`)}
<section id="permissions"><h2>permissions</h2><dl>
${Object.entries(PERMISSION_CATALOGUE).map(([name, meaning]) => html`<dt><code>${name}</code></dt><dd>${meaning}</dd>`)}
</dl></section>
</main>
</body>
</html>
`.markup;
}

function renderOperation(method: string, path: string, described: Described): Html {
  const { operationId, summary, parameters, requestBody, responses } = described;
  return html`<article id="${operationId}">
<h3><span class="method">${method}</span> <code>${path}</code></h3>
<p>${summary}.</p>
<p class="facts"><a href="#${operationId}"><code>${operationId}</code></a> · permission <code>${described['x-sallyport-permission']}</code>${described['x-sallyport-own-free'] && ', none for one’s own'}</p>
${
  parameters.length === 0
    ? undefined
    : html`<ul>${parameters.map(
        (each) =>
          html`<li><code>${each.name}</code> <small>in ${each.in}${each.required ? ', required' : ''}</small></li>`,
      )}</ul>`
}
${requestBody === undefined ? undefined : renderSchemas('Body', requestBody.content)}
${Object.entries(responses).map(([status, { content, description }]) =>
  status === 'default' || content === undefined ? html`` : renderSchemas(`${status} ${description}`, content),
)}
</article>
`;
}

function renderSchemas(title: string, content: Schemas): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<details><summary>${title} <small>${type}</small></summary><pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre></details>`,
  )}`;
}

const STYLESHEET = `:root{color-scheme:light dark;--surface:#fefefd;--ink:#1b1a17;--ink-2:#53504a;--line:#d3d0c7;--accent:#0b6b65;--well:#f8f7f4}
@media (prefers-color-scheme:dark){:root{--surface:#171815;--ink:#eceae4;--ink-2:#b3b0a7;--line:#3a3b36;--accent:#5fbfb2;--well:#131411}}
*{box-sizing:border-box}
body{margin:0;background:var(--surface);color:var(--ink);font:14px/20px Inter,system-ui,sans-serif}
main{max-width:880px;margin:0 auto;padding:40px 24px;overflow-wrap:anywhere}
h1{font-size:22px;line-height:28px;margin:0 0 8px}
h2{font-size:18px;line-height:24px;margin:40px 0 8px}
h3{font-size:14px;line-height:20px;margin:0 0 4px}
small,.facts{color:var(--ink-2);font-weight:400}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:4px 12px;padding:12px 0;border-bottom:1px solid var(--line)}
article{padding:16px 0;border-bottom:1px solid var(--line)}
article p{margin:0 0 4px}
.method{display:inline-block;min-width:56px;color:var(--accent);font-family:ui-monospace,monospace}
ul{margin:4px 0;padding-left:20px}
code,pre{font-family:ui-monospace,monospace;font-size:13px}
pre{max-height:420px;overflow:auto;padding:12px;background:var(--well);border:1px solid var(--line);border-radius:5px}
summary{cursor:pointer;padding:2px 0}
dt{margin-top:8px}
dd{margin:0;color:var(--ink-2)}
`;
