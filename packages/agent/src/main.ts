import { isCodedError } from '@sallyport/core';
import { loadAgentConfig, runAgent } from './index.ts';
import { createJsonLogger } from './json-logger.ts';

const logger = createJsonLogger(process.stdout);
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());

try {
  const config = loadAgentConfig({ argv: process.argv.slice(2), env: process.env });
  await runAgent(config, { signal: stop.signal, logger });
} catch (error) {
  const { message, nextStep } = isCodedError(error) ? error : { message: String(error), nextStep: undefined };
  logger.error({ err: error, nextStep }, message);
  process.exitCode = 1;
}
