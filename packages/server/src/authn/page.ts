import { type Html, html } from './html.ts';

/** Path of the one stylesheet of the sign-in pages. */
export const STYLESHEET_PATH = '/login/style.css';

/**
 * Lays out a sign-in page. `lead` is the sentence under the heading. No script, no inline style: the pages work under
 * the strictest Content-Security-Policy.
 */
export function page(options: { readonly title: string; readonly lead?: Html; readonly content: Html }): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${options.title} · Sallyport</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body>
<main>
<p class="brand"><svg viewBox="0 0 20 20" aria-hidden="true"><rect class="wall" x="1" y="1" width="18" height="18" rx="4"/><path class="gate" d="M10.5 19v-5.75a2.75 2.75 0 0 1 5.5 0V19z"/></svg> Sallyport</p>
<h1>${options.title}</h1>
${options.lead === undefined ? undefined : html`<p class="lead">${options.lead}</p>`}
${options.content}
</main>
</body>
</html>
`.markup;
}

/** A failure as people read it: the sentence, the code to look up, and what to do next. */
export function failurePage(failure: {
  readonly title: string;
  readonly message: string;
  readonly code: string;
  readonly nextStep?: string | undefined;
  /** What stands under the notice. */
  readonly after?: Html;
}): string {
  return page({
    title: failure.title,
    lead: html`${sentence(failure.message)}`,
    content: html`<div class="notice">
${failure.nextStep === undefined ? undefined : html`<p>${failure.nextStep}</p>`}
<p class="code"><code>${failure.code}</code></p>
</div>
${failure.after}`,
  });
}

/** Error messages are lower case without a full stop; a page shows a sentence. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The stylesheet of the sign-in pages; follows the system's light or dark theme. */
export const STYLESHEET = `:root{color-scheme:light dark;--surface:#fefefd;--ink:#1b1a17;--ink-2:#53504a;--line:#d3d0c7;--line-3:#858176;--accent:#0b6b65;--accent-hover:#085650;--on-accent:#fff;--well:#f8f7f4;--danger:#ae2a1f;--danger-tint:#fbeae7;--danger-line:#ebbdb6;--wall:#1b1a17;--gate:#6cc9bd}
@media (prefers-color-scheme:dark){:root{--surface:#171815;--ink:#eceae4;--ink-2:#b3b0a7;--line:#3a3b36;--line-3:#77756c;--accent:#5fbfb2;--accent-hover:#7bd0c4;--on-accent:#06201d;--well:#131411;--danger:#f08a7f;--danger-tint:#321d1a;--danger-line:#66332d;--wall:#e4e1d9;--gate:#0b6b65}}
*{box-sizing:border-box}
body{margin:0;background:var(--surface);color:var(--ink);font:14px/20px Inter,system-ui,sans-serif}
main{max-width:420px;margin:0 auto;padding:40px 24px;overflow-wrap:anywhere}
.brand{display:flex;gap:10px;align-items:center;font-weight:600;margin:0 0 64px}
.brand svg{width:24px;height:24px}
.wall{fill:var(--wall)}
.gate{fill:var(--gate)}
h1{font-size:22px;line-height:28px;font-weight:600;margin:0 0 6px}
.lead{color:var(--ink-2);margin:0 0 24px}
a.choice,button{display:block;width:100%;padding:10px 14px;margin:0 0 8px;border:1px solid var(--line-3);border-radius:5px;background:transparent;color:var(--ink);font:inherit;font-weight:500;text-align:left;text-decoration:none;cursor:pointer}
a.choice small{color:var(--ink-2);margin-left:8px}
a.primary,button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
a.primary small{color:inherit}
a.primary:hover,button.primary:hover{background:var(--accent-hover)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
label{display:block;font-weight:500;margin:0 0 12px}
input{display:block;width:100%;padding:8px 10px;margin-top:4px;border:1px solid var(--line-3);border-radius:5px;background:transparent;color:inherit;font:inherit}
input.for-managers{position:absolute;width:1px;height:1px;margin:0;padding:0;border:0;opacity:0;pointer-events:none}
p a{color:var(--accent)}
input.user-code{font:600 20px/28px ui-monospace,monospace;letter-spacing:2px;text-transform:uppercase}
dl{margin:0 0 24px;border-top:1px solid var(--line)}
dl div{display:flex;gap:16px;padding:8px 0;border-bottom:1px solid var(--line)}
dt{flex:0 0 110px;color:var(--ink-2)}
dd{margin:0}
code{font-family:ui-monospace,monospace}
.notice{padding:12px 14px;border:1px solid var(--danger-line);background:var(--danger-tint);border-radius:6px;margin:0 0 24px}
.notice p{margin:0 0 6px}
.notice .code{color:var(--danger);margin:0}
.hint{color:var(--ink-2);margin:16px 0 0}
`;
