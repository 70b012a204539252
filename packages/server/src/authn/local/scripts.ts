import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The library that speaks with authenticators, as one script that defines `SimpleWebAuthnBrowser`. */
export function readWebauthnScript(): Promise<string> {
  // The package names its modules only; the bundle lies beside them.
  const entry = createRequire(import.meta.url).resolve('@simplewebauthn/browser');
  return readFile(join(dirname(entry), '..', 'dist', 'bundle', 'index.umd.min.js'), 'utf8');
}

/** Takes the token of a link out of the fragment, drops it from the address and its history, and sends it. */
export const LINK_SCRIPT = `const form = document.querySelector('form[data-link]');
const token = location.hash.slice(1);
if (form !== null && token !== '') {
  history.replaceState(null, '', location.pathname);
  form.elements.token.value = token;
  form.requestSubmit();
}
`;

/** Makes the passkey button work: asks for options, asks the authenticator, sends its answer, goes where it is told. */
export const PASSKEY_SCRIPT = `const { startRegistration, browserSupportsWebAuthn } = globalThis.SimpleWebAuthnBrowser;
const button = document.querySelector('button[data-passkey]');
const problem = document.querySelector('[data-passkey-problem]');

function show(text) {
  problem.firstElementChild.textContent = text;
  problem.hidden = text === '';
}

async function send(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error([answer.detail, answer.nextStep].filter(Boolean).join('. '));
  return answer;
}

async function use() {
  const { path, setup } = button.dataset;
  const optionsJSON = await send(path + '/options', { setup });
  const answer = await startRegistration({ optionsJSON });
  const { location: next } = await send(path, { setup, answer });
  location.assign(next);
}

if (browserSupportsWebAuthn()) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    show('');
    try {
      await use();
    } catch (error) {
      show(error instanceof Error ? error.message : String(error));
      button.disabled = false;
    }
  });
} else {
  button.disabled = true;
  show('This browser has no passkeys.');
}
`;
