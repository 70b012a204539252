// Runs before the first paint, as a file of its own: the content security policy allows no script within the page.

try {
  const theme = localStorage.getItem('sallyport.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is right then.
}

// Who is signed in is asked while the page's script is still on its way; see src/api/early-session.ts. Pages of a login don't ask.
const isOfLogin = location.pathname === '/sign-in' || location.pathname === '/device';
if (!isOfLogin) {
  globalThis.earlySession = fetch('/session', { headers: { accept: 'application/json' }, redirect: 'error' });
  globalThis.earlySession.catch(() => {});
}

// The first frame of the page at "/" stands in the document, as a template; see src/app/early-pages.tsx. The script of the page, which
// takes the browser a while to run, begins behind it. Where pages are developed there is neither.
const PATIENCE_MS = 100;
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const parsed = new Promise((resolve) => {
  const look = () => {
    if (document.readyState !== 'loading') resolve();
  };
  document.addEventListener('readystatechange', look);
  look();
});

async function drawFirstFrame() {
  const { status } = await globalThis.earlySession;
  await parsed;
  const name = { 200: 'early-home', 401: 'early-landing' }[status];
  const template = name === undefined ? null : document.getElementById(name);
  if (template === null) return;
  document.getElementById('root').append(template.content.cloneNode(true));
  // Two turns later it is painted, unless nobody looks.
  await Promise.race([new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))), after(PATIENCE_MS)]);
}

async function start() {
  if (location.pathname === '/') await Promise.race([drawFirstFrame().catch(() => {}), after(PATIENCE_MS)]);
  await parsed;
  const link = document.querySelector('link[data-start]');
  if (link !== null) await import(link.href);
}
start();
