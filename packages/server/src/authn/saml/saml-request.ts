import { randomBytes } from 'node:crypto';
import { SAML } from '@node-saml/node-saml';
import { LoginError } from '../../errors.ts';
import type { StepUpDemand } from '../step-up.ts';
import type { SamlProvider } from './saml-provider.ts';

/** NameID format of a subject that stays the same and belongs to this server alone (SAML core, section 8.3.7). */
export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

const ID_BYTES = 20;

/** A request for a login. */
export interface SamlRequest {
  /** What the answer must name in `InResponseTo`. */
  readonly id: string;
  /** Where the browser is sent (HTTP-Redirect binding). */
  readonly url: URL;
}

/** What both directions have in common: the library, told everything that has an unsafe default. */
export function createSaml(provider: SamlProvider, demand?: StepUpDemand, requestId?: string): SAML {
  const acr = demand?.acr;
  return new SAML({
    entryPoint: provider.entryPoint,
    issuer: provider.endpoints.entityId,
    callbackUrl: provider.endpoints.acsUrl,
    audience: provider.endpoints.entityId,
    idpIssuer: provider.issuer,
    idpCert: [...provider.certificates],
    wantAssertionsSigned: true,
    // Many providers sign the assertion alone. That is what is read; nothing outside of it is believed.
    wantAuthnResponseSigned: false,
    identifierFormat: provider.subjectAttribute === undefined ? PERSISTENT : null,
    // Times are checked by our own clock, and InResponseTo against the request in the database.
    acceptedClockSkewMs: -1,
    forceAuthn: demand !== undefined,
    disableRequestedAuthnContext: acr === undefined,
    ...(acr !== undefined && { authnContext: [...acr] }),
    ...(requestId !== undefined && { generateUniqueId: () => requestId }),
  });
}

/**
 * Makes a request for a login. `demand` asks for a proof that is fresh, and of one of its classes.
 * @throws LoginError `ERR_LOGIN_PROVIDER_INSECURE`
 */
export async function createSamlRequest(
  provider: SamlProvider,
  options: {
    readonly relayState: string;
    readonly demand?: StepUpDemand | undefined;
    readonly mode: 'development' | 'production';
  },
): Promise<SamlRequest> {
  assertSecure(provider, options.mode);
  // An XML ID must not begin with a digit.
  const id = `_${randomBytes(ID_BYTES).toString('hex')}`;
  const saml = createSaml(provider, options.demand, id);
  return { id, url: new URL(await saml.getAuthorizeUrlAsync(options.relayState, undefined, {})) };
}

/** Our metadata for a provider: who we are, and where its answers go. */
export function createSamlMetadata(provider: SamlProvider): string {
  return createSaml(provider, undefined, '_metadata').generateServiceProviderMetadata(null);
}

function assertSecure({ name, entryPoint }: SamlProvider, mode: 'development' | 'production'): void {
  const { protocol, hostname, origin } = new URL(entryPoint);
  if (protocol === 'https:') return;
  if (mode === 'development' && (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')))
    return;
  throw new LoginError({
    code: 'ERR_LOGIN_PROVIDER_INSECURE',
    message: `the identity provider ${name} is at ${origin}, which is not https`,
    nextStep: 'Configure the https address of the provider; plain http is for loopback in development mode only.',
  });
}
