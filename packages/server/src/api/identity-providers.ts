import type { DryRun, DryRunReport, ProviderTest } from '@sallyport/core/api';
import { compileClaimMapping } from '../authn/claim-mapping.ts';
import type { OidcProvider } from '../authn/oidc-provider-record.ts';
import { ApiError, LoginError } from '../errors.ts';
import { notFound } from '../resources/permitted.ts';
import { assertCompiles } from '../resources/references.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

/** Tests the connection to a provider, disabled ones too: that is how they are set up. */
export const testIdentityProvider: Handler = async (context, call): Promise<ProviderTest> => {
  const provider = await locateOidcProvider(context, call);
  const checks = await context.identityProviders.check(provider);
  return { isUsable: checks.every(({ outcome }) => outcome !== 'failed'), checks: checks.map((each) => ({ ...each })) };
};

/** Reads a pasted token under the provider's mapping, or one to be tried. Nothing is signed in, nothing is kept. */
export const dryRunIdentityProvider: Handler = async (context, call): Promise<DryRunReport> => {
  const provider = await locateOidcProvider(context, call);
  const { token, claims = provider.claims } = call.body as DryRun;
  assertCompiles('claims', () => compileClaimMapping(claims, provider.issuer));
  const mapping = compileClaimMapping(claims, provider.issuer);
  const pasted = await readToken(context, provider, token);
  const { fields, identity } = mapping.explain(pasted.claims);
  return {
    isAccepted: identity !== undefined,
    fields: fields.map(({ value, ...rest }) => ({
      ...rest,
      ...(value !== undefined && { value: typeof value === 'string' ? value : [...value] }),
    })),
    notes: [...pasted.notes],
  };
};

async function readToken({ identityProviders }: ApiContext, provider: OidcProvider, token: string) {
  try {
    return await identityProviders.verifyPastedToken(provider, token);
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: error.message,
      problems: [{ path: 'body.token', message: error.message }],
      nextStep: 'Paste an ID token that this provider signed.',
      cause: error,
    });
  }
}

async function locateOidcProvider(context: ApiContext, call: Call): Promise<OidcProvider> {
  assertPermitted(context, call, 'identityProviders.update');
  const name = call.parameters['name'] ?? '';
  const record = context.snapshots.current().find('IdentityProvider', name, call.caller.organization.id);
  if (record === undefined) throw notFound('IdentityProvider', name);
  const provider = await context.identityProviders.oidc(record);
  if (provider !== undefined) return provider;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the identity provider ${name} speaks SAML: there is no connection to test and no token to read`,
    nextStep: 'Sign in with it to see what its assertions come to.',
  });
}
