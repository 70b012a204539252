import { CliError } from '../errors.ts';

/**
 * Reads a server's address as people type it: `sallyport.example.com`, `host:7443` or an https URL.
 * @throws CliError `ERR_CLI_USAGE`, `ERR_CLI_PLAIN_HTTP`
 */
export function parseServerAddress(typed: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(typed)} is not a server's address`,
      cause: error,
      nextStep: 'Give a host name, host:port or an https URL.',
    });
  }
  if (url.protocol === 'http:') {
    throw new CliError({
      code: 'ERR_CLI_PLAIN_HTTP',
      message: `${url.href} asks for plain HTTP; credentials travel over HTTPS only`,
      nextStep: `Use https://${url.host}, with --ca-file for a private certificate authority.`,
    });
  }
  if (
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.pathname !== '/'
  ) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(typed)} is not the address of a server alone`,
      nextStep: 'Give a host name, host:port or an https URL without user, path or query.',
    });
  }
  return url;
}
