import { CoreError } from '@sallyport/core';
import { ApiProblemError } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { EXIT_CODES, exitCodeOf } from '../exit-codes.ts';
import { describeError, formatError, formatErrorLine } from './error.ts';

const ours = new CliError({ code: 'ERR_CLI_PLAIN_HTTP', message: 'no TLS', nextStep: 'Check the port.' });
const problem = new ApiProblemError({
  type: 'about:blank',
  title: 'Forbidden',
  status: 403,
  detail: 'you may not',
  code: 'ERR_API_FORBIDDEN',
  nextStep: 'Ask for it.',
});

describe('describeError', () => {
  for (const { name, error, want } of [
    { name: 'an error of ours', error: ours, want: ['ERR_CLI_PLAIN_HTTP', 'no TLS', 'Check the port.'] },
    {
      name: 'the server’s own code and sentence',
      error: problem,
      want: ['ERR_API_FORBIDDEN', 'you may not', 'Ask for it.'],
    },
    {
      name: 'our reason behind the client’s word for it',
      error: new CoreError({ code: 'ERR_API_UNREACHABLE', message: 'away', cause: ours }),
      want: ['ERR_CLI_PLAIN_HTTP', 'no TLS', 'Check the port.'],
    },
    {
      name: 'our reason behind a library’s wrapping',
      error: new Error('unexpected', { cause: new TypeError('fetch failed', { cause: ours }) }),
      want: ['ERR_CLI_PLAIN_HTTP', 'no TLS', 'Check the port.'],
    },
    {
      name: 'the outer one of two errors of ours',
      error: new CliError({ code: 'ERR_DEMO_START', message: 'no tunnel', cause: ours }),
      want: ['ERR_DEMO_START', 'no tunnel', undefined],
    },
    {
      name: 'a defect as what it is',
      error: new RangeError('oops'),
      want: ['ERR_CLI_UNEXPECTED', 'unexpected failure: oops', expect.stringContaining('SALLYPORT_DEBUG')],
    },
    {
      name: 'a thrown text',
      error: 'oops',
      want: ['ERR_CLI_UNEXPECTED', 'unexpected failure: oops', expect.anything()],
    },
  ]) {
    it(`tells ${name}`, () => {
      const { code, sentence, nextStep } = describeError(error);
      expect([code, sentence, nextStep]).toEqual(want);
    });
  }
});

describe('formatError', () => {
  it('SEC-G04 neutralises what a server said, and keeps its lines', () => {
    const shown = { code: 'ERR_X_Y', sentence: 'a\u001b[31mb\nc', nextStep: '\u202eevil' };
    expect(formatError(shown, { isColored: false })).toBe('error: a\\u001b[31mb\nc (ERR_X_Y)\nnext:  \\u202eevil\n');
  });

  it('puts everything into one line for a plugin', () => {
    expect(formatErrorLine({ code: 'ERR_X_Y', sentence: 'a\nb', nextStep: 'Do it.' })).toBe(
      'sallyport: a b (ERR_X_Y); Do it.\n',
    );
  });
});

describe('exitCodeOf', () => {
  for (const [code, want] of [
    ['ERR_CLI_USAGE', EXIT_CODES.usage],
    ['ERR_CLI_NOT_LOGGED_IN', EXIT_CODES.notLoggedIn],
    ['ERR_CLI_SESSION_ENDED', EXIT_CODES.notLoggedIn],
    ['ERR_API_UNAUTHENTICATED', EXIT_CODES.notLoggedIn],
    ['ERR_API_UNREACHABLE', EXIT_CODES.unreachable],
    ['ERR_CLI_CERTIFICATE_UNTRUSTED', EXIT_CODES.unreachable],
    ['ERR_CLI_INTERRUPTED', EXIT_CODES.interrupted],
    ['ERR_API_FORBIDDEN', EXIT_CODES.failed],
    ['ERR_OF_A_NEWER_SERVER', EXIT_CODES.failed],
  ] as const) {
    it(`gives ${code} the exit code ${want}`, () => expect(exitCodeOf(code)).toBe(want));
  }
});
