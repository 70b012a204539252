import { readFile } from 'node:fs/promises';
import {
  API_PREFIX,
  createDpopProof,
  type DpopKeyPair,
  exchangedTokenSchema,
  JWT_TOKEN_TYPE,
  operations,
  problemSchema,
  TOKEN_EXCHANGE_GRANT,
} from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import type { ServerFetch } from './server-fetch.ts';

/** Which workload identity a token is for, and where the platform puts it. */
export interface WorkloadSource {
  /** Name of the workload identity. */
  readonly identity: string;
  /** Absolute path; read anew for each login, since platforms replace the token. */
  readonly tokenFile: string;
}

/** What {@link exchangeWorkloadToken} needs. */
export interface ExchangeOptions extends WorkloadSource {
  /** The server's address, without a trailing slash. */
  readonly url: string;
  readonly organization: string;
  /** Key that the access token will be bound to. */
  readonly keys: DpopKeyPair;
  readonly fetch: ServerFetch;
}

/**
 * Exchanges the token of the platform for an access token (RFC 8693) that works with our key only.
 * @throws CliError `ERR_CLI_WORKLOAD_TOKEN`, `ERR_CLI_LOGIN_FAILED`
 */
export async function exchangeWorkloadToken(
  options: ExchangeOptions,
): Promise<{ readonly accessToken: string; readonly lifetimeMs: number }> {
  const { organization, identity, keys } = options;
  const { path, method } = operations.exchangeWorkloadToken;
  const names: Readonly<Record<string, string>> = { organization, name: identity };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
  const url = `${options.url}${API_PREFIX}${filled}`;
  const response = await options.fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      dpop: await createDpopProof({ keys, method, url }),
    },
    body: JSON.stringify({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: await readToken(options.tokenFile),
      subject_token_type: JWT_TOKEN_TYPE,
    }),
  });
  const body: unknown = await response.json().catch(() => undefined);
  const exchanged = exchangedTokenSchema.safeParse(body);
  if (response.status === 200 && exchanged.success) {
    return { accessToken: exchanged.data.access_token, lifetimeMs: exchanged.data.expires_in * 1_000 };
  }
  const problem = problemSchema.safeParse(body);
  throw new CliError({
    code: 'ERR_CLI_LOGIN_FAILED',
    message: problem.success ? problem.data.detail : `the server answered ${response.status}`,
    nextStep: (problem.success && problem.data.nextStep) || 'Compare the token with the workload identity.',
  });
}

async function readToken(file: string): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    if (token !== '') return token;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw unreadable(file);
}

function unreadable(file: string, cause?: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_WORKLOAD_TOKEN',
    message: `${file} holds no token`,
    cause,
    nextStep: 'Point --workload-token-file to the file that the platform puts the token into.',
  });
}
