import { z } from 'zod';
import { brandingSchema } from './branding.ts';

/** Path of the discovery document on the public host. */
export const DISCOVERY_PATH = '/.well-known/sallyport';

/**
 * Path of the one redirect that command lines listen on while a person signs in: `http://127.0.0.1:<any port>/callback`
 * (RFC 8252, section 7.3).
 */
export const LOOPBACK_REDIRECT_PATH = '/callback';

/** What a host name leads to: everything `login` needs to know about a server. Public, the same for everyone. */
export const discoverySchema = z.object({
  /** Version of the REST contract. */
  apiVersion: z.literal('v1'),
  /** Version of the server. */
  version: z.string(),
  /** The server's own address, without a trailing slash. A client that dialled another one must not send it old tokens. */
  publicUrl: z.url(),
  /** Where the operations of the contract live, `<publicUrl>/api/v1`. */
  apiBase: z.url(),
  /** Issuer of access tokens; has its own discovery document (RFC 8414). */
  oauthIssuer: z.url(),
  /** Public client that command lines sign in as. */
  oauthClientId: z.string(),
  /** Resource indicator (RFC 8707) to ask tokens of the REST API for. */
  oauthResource: z.url(),
  /** OAuth scope that stands for the whole API. */
  oauthScope: z.string(),
  kube: z.object({
    /** Kubernetes APIs are served under `<publicUrl><pathPrefix>/<organization>/<cluster>`. */
    pathPrefix: z.string(),
    /** Given: also at `https://<cluster>.<hostDomain>`. */
    hostDomain: z.string().optional(),
  }),
  agents: z.object({
    /** `host:port` that agents dial. */
    address: z.string(),
    /** TLS server name that leads to the agent gateway. */
    serverName: z.string(),
  }),
  /** Base address of the documentation, when the installation has one. */
  docs: z.url().optional(),
  /** How the installation presents itself, when it says so. */
  branding: brandingSchema.optional(),
});

/** What a host name leads to. */
export type Discovery = z.infer<typeof discoverySchema>;
