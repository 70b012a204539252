import { isCodedError } from '@sallyport/core';
import pino from 'pino';
import { loadServerConfig, runServer } from './index.ts';

const logger = pino({ name: 'sallyport-server' }, pino.destination(2));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

// The clock's timers never keep a process alive, and once its listeners are closed a server waits for nothing else.
const anchor = setInterval(() => {}, 2 ** 30);
try {
  const file = process.argv[2];
  const config = loadServerConfig({ env: process.env, ...(file !== undefined && { file }) });
  await runServer({ config, logger, stdout: process.stdout, signal: stopping.signal });
} catch (error) {
  const { message, nextStep } = isCodedError(error) ? error : { message: String(error), nextStep: undefined };
  logger.error({ err: error, nextStep }, message);
  process.exitCode = 1;
} finally {
  clearInterval(anchor);
}
