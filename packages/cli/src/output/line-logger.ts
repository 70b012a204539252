import { type Clock, isCodedError, type LogFields, type Logger } from '@sallyport/core';
import type { OutputStream } from '../context.ts';
import { escapeJsonText } from './neutralise.ts';

/** A logger that writes one JSON object per line: time, level, message, fields; errors with their codes and causes. */
export function createLineLogger(out: OutputStream, clock: Clock): Logger {
  const write = (level: string) => (fields: LogFields, message: string) => {
    const { err, ...rest } = fields;
    const line = {
      time: new Date(clock.now()).toISOString(),
      level,
      message,
      ...rest,
      ...(err !== undefined && { error: errorFields(err) }),
    };
    out.write(`${escapeJsonText(JSON.stringify(line))}\n`);
  };
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') };
}

const MAX_CAUSES = 5;

function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    message: error.message,
    ...(isCodedError(error) && { code: error.code }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: errorFields(error.cause, depth + 1) }),
  };
}
