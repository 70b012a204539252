import { Secret } from '@sallyport/core';
import { expect, it } from 'vitest';
import { AgentError } from './errors.ts';
import { createJsonLogger } from './json-logger.ts';

it('writes one line of JSON with the codes and causes of an error, and no secret', () => {
  const lines: string[] = [];
  const logger = createJsonLogger({ write: (line) => lines.push(line) });
  const cause = new Error('a\nb', { cause: 'text' });
  const err = new AgentError({ code: 'ERR_AGENT_TOKEN', message: 'unreadable', cause });
  logger.warn({ err, token: new Secret('s3cret') }, 'it failed');
  logger.debug({}, 'not written');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: expect.any(String) as string,
    level: 'warn',
    message: 'it failed',
    token: '[redacted]',
    error: { message: 'unreadable', code: 'ERR_AGENT_TOKEN', cause: { message: 'a\nb', cause: 'text' } },
  });
});
