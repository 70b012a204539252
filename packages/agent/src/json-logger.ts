import { isCodedError, type LogFields, type Logger } from '@sallyport/core';

/** A logger that writes one JSON object per line: time, level, message, fields; errors with their codes and causes. */
export function createJsonLogger(out: { write(line: string): unknown }): Logger {
  const write = (level: string) => (fields: LogFields, message: string) => {
    const { err, ...rest } = fields;
    const line = {
      time: new Date().toISOString(),
      level,
      message,
      ...rest,
      ...(err !== undefined && { error: describe(err) }),
    };
    out.write(`${JSON.stringify(line)}\n`);
  };
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') };
}

function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    message: error.message,
    ...(isCodedError(error) && { code: error.code }),
    ...(error.cause !== undefined && depth < 5 && { cause: describe(error.cause, depth + 1) }),
  };
}
