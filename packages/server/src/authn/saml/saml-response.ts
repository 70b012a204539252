import { SamlStatusError } from '@node-saml/node-saml';
import { LoginError } from '../../errors.ts';
import type { Claims } from '../claim-source.ts';
import { type AssertionTree, readAssertion } from './assertion.ts';
import { invalid } from './saml-errors.ts';
import type { SamlProvider } from './saml-provider.ts';
import { createSaml, PERSISTENT } from './saml-request.ts';

/** What a provider stated about a person, once its signature and everything else is checked. */
export interface SamlAnswer {
  /** Attributes by name, the subject as `sub`. */
  readonly claims: Claims;
  /** `AuthnContextClassRef`: how the person proved who they are. */
  readonly acr?: string;
  readonly authenticatedAt?: Date;
}

/** Longest answer that is read, in bytes of XML. Thousands of groups fit. */
export const MAX_SAML_RESPONSE_BYTES = 262_144;

// Signatures by SHA-1 can be forged by whoever makes a provider sign two documents. No sender writes these names in
// character references, and who forges a signature needs no sender's help.
const WEAK_ALGORITHM = /xmldsig#(?:rsa-|dsa-|hmac-)?sha1\b/;

/**
 * Checks an answer of a provider (HTTP-POST binding, base64) against the request that it must answer, and reads it. Only
 * what stands in the one signed assertion counts: its issuer, audience, recipient, times and the request's id.
 * @throws LoginError `ERR_LOGIN_RESPONSE_INVALID`, `ERR_LOGIN_PROVIDER_REFUSED`
 */
export async function readSamlResponse(
  provider: SamlProvider,
  given: { readonly samlResponse: string; readonly requestId: string; readonly at: Date },
): Promise<SamlAnswer> {
  assertPlainXml(given.samlResponse);
  const { endpoints, subjectAttribute } = provider;
  const tree = await verify(provider, given.samlResponse);
  const assertion = readAssertion(tree, {
    issuer: provider.issuer,
    recipient: endpoints.acsUrl,
    requestId: given.requestId,
    at: given.at,
  });
  const { nameId, attributes, acr, authenticatedAt } = assertion;
  if (subjectAttribute === undefined && nameId.format !== PERSISTENT) {
    throw invalid('the NameID of the answer is not persistent, and no attribute is configured to be the subject');
  }
  const sub = subjectAttribute === undefined ? nameId.value : attributes[subjectAttribute];
  return {
    // Last, so that no attribute of this name takes its place.
    claims: { ...attributes, sub },
    ...(acr !== undefined && { acr }),
    ...(authenticatedAt !== undefined && { authenticatedAt }),
  };
}

/** The library verifies the signature, takes nothing but what it covers, and checks the audience. */
async function verify(provider: SamlProvider, samlResponse: string): Promise<AssertionTree> {
  try {
    const { profile } = await createSaml(provider).validatePostResponseAsync({ SAMLResponse: samlResponse });
    const tree = profile?.getAssertion?.();
    if (tree === undefined) throw invalid('the answer holds no assertion');
    return tree;
  } catch (error) {
    if (error instanceof LoginError) throw error;
    if (error instanceof SamlStatusError) {
      throw new LoginError({
        code: 'ERR_LOGIN_PROVIDER_REFUSED',
        message: `${provider.displayName} refused the login`,
        nextStep: 'Start the login again; if it is refused again, ask an administrator of the identity provider.',
        cause: error,
      });
    }
    throw invalid(`the answer of ${provider.displayName} was not accepted`, error);
  }
}

/**
 * Refuses what parsers are known to read differently from one another, before any of them runs: document types and entities,
 * comments (which split text in two), processing instructions, CDATA, broken encodings.
 */
function assertPlainXml(samlResponse: string): void {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(samlResponse)) throw invalid('the answer is not base64');
  const bytes = Buffer.from(samlResponse, 'base64');
  if (bytes.length > MAX_SAML_RESPONSE_BYTES) {
    throw invalid(`the answer is ${bytes.length} bytes, limit is ${MAX_SAML_RESPONSE_BYTES}`);
  }
  let xml: string;
  try {
    xml = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('the answer is not UTF-8', cause);
  }
  const body = xml.replace(/^<\?xml [^?<>]*\?>/, '');
  if (body.includes('<!') || body.includes('<?')) {
    throw invalid('the answer holds a document type, a comment, CDATA or a processing instruction');
  }
  if (WEAK_ALGORITHM.test(body)) throw invalid('the answer is signed with SHA-1');
}
