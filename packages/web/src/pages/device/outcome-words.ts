import type { DeviceProblem } from '../../api/device.ts';

/** How the page of a device ends: by a login, or by what went wrong. */
export type DeviceOutcome = DeviceProblem | 'signedIn';

const WORDS: Readonly<Record<DeviceProblem, { readonly title: string; readonly next: string }>> = {
  noCode: { title: 'No code was typed.', next: 'Type the one that your terminal shows.' },
  refused: { title: 'The device was refused.', next: 'It is not signed in. Whoever began the login is told so.' },
  expired: { title: 'This code has expired.', next: 'Start the login again in your terminal.' },
  used: { title: 'This code has been used.', next: 'Start the login again in your terminal.' },
  unknown: { title: 'There is no such code.', next: 'Compare it with your terminal.' },
  tooMany: {
    title: 'Too many codes were tried from your address.',
    next: 'Wait ten minutes, then start the login again in your terminal.',
  },
  failed: { title: 'The login can’t go on.', next: 'Start the login again in your terminal.' },
};

/** What happened and what to do next. */
export const describeDeviceProblem = (problem: DeviceProblem): { readonly title: string; readonly next: string } =>
  WORDS[problem];

/** Reads what an address says of the end of a login; foreign text says that it failed. */
export function readOutcome(text: string | undefined): DeviceOutcome | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'signedIn') return text;
  return Object.hasOwn(WORDS, text) ? (text as DeviceProblem) : 'failed';
}

/** Letters of user codes: the server's alphabet has no vowels, so that no code is a word. */
export function formatUserCode(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 8);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}
