// Runs before the first paint, as a file of its own: the content security policy allows no script within the page.

// Who is signed in is asked while the page's script is still on its way; see src/api/early-session.ts. Pages of a login don't ask.
if (location.pathname !== '/sign-in' && location.pathname !== '/device') {
  globalThis.earlySession = fetch('/session', { headers: { accept: 'application/json' }, redirect: 'error' });
  globalThis.earlySession.catch(() => {});
}

try {
  const theme = localStorage.getItem('sallyport.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is right then.
}
