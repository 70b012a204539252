import { isCodedError } from '@sallyport/core';
import { loadAgentConfig, runAgent } from './index.ts';
import { createJsonLogger } from './json-logger.ts';

const logger = createJsonLogger(process.stdout);
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());

// The clock's timers never keep a process alive, and between two dials there may be nothing else.
const anchor = setInterval(() => {}, 2 ** 30);
try {
  const config = loadAgentConfig({ argv: flagsOf(process.argv.slice(2)), env: process.env });
  await runAgent(config, { signal: stop.signal, logger });
} catch (error) {
  const { message, nextStep } = isCodedError(error) ? error : { message: String(error), nextStep: undefined };
  logger.error({ err: error, nextStep }, message);
  process.exitCode = 1;
} finally {
  clearInterval(anchor);
}

/** The flags. They may come after the words by which the command line runs an agent, so that the same arguments start either. */
function flagsOf(argv: readonly string[]): readonly string[] {
  return argv[0] === 'agent' && argv[1] === 'run' ? argv.slice(2) : argv;
}
