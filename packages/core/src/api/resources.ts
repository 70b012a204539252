import { z } from 'zod';
import { brandingSchema } from './branding.ts';
import { instant } from './instant.ts';
import { scopeSchema } from './kinds/binding.ts';
import { maintenanceSchema } from './kinds/installation.ts';
import { durationSchema, idSchema as id } from './names.ts';
import { pageMetadataSchema } from './resource.ts';

/** The caller, as the server knows it. */
export const whoAmISchema = z.object({
  principal: z.object({
    id: id('principal'),
    kind: z.enum(['user', 'serviceAccount', 'workload', 'system']),
    issuer: z.string(),
    subjectClaim: z.string(),
    userName: z.string(),
    displayName: z.string(),
    email: z.string().optional(),
    groups: z.array(z.string()),
  }),
  organization: z.object({ id: id('organization'), name: z.string() }),
  loginSession: z.object({ id: id('loginSession'), createdAt: instant, expiresAt: instant }),
  /** What the caller may do in the whole organization. */
  permissions: z.array(z.string()),
  /** What the caller may do in some project, on some cluster or in the whole organization: for what to offer, never for what to allow. */
  permissionsAnywhere: z.array(z.string()),
  /** Grants of the caller that have not ended, also those that have not started, the next to end first. */
  grants: z.array(
    z.object({ id: id('grant'), role: z.string(), scope: scopeSchema, startsAt: instant, endsAt: instant }),
  ),
  /** How many access requests wait for a review by the caller. */
  pendingReviews: z.int().min(0),
  /** What the installation has everyone read, e.g. of maintenance to come. */
  maintenance: maintenanceSchema.optional(),
  /** How the installation presents itself, when it says so. */
  branding: brandingSchema.optional(),
});

/** A join token in clear: shown once, never again. */
export const joinTokenSchema = z.object({
  id: id('joinToken'),
  token: z.string(),
  expiresAt: instant,
});

/** What an install manifest is filled in with, besides the join token. */
export const installValuesSchema = z.object({
  serverUrl: z.url(),
  /** CA of the front door, to be pinned by the agent. */
  caPem: z.string(),
  clusterId: id('cluster'),
  clusterName: z.string(),
  /** Public keys that capabilities are signed with (JWK Set), to be pinned by the agent. */
  capabilityJwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  agents: z.object({ address: z.string(), serverName: z.string() }),
});

/** A join token together with what else the agent needs. */
export const issuedJoinTokenSchema = z.object({
  joinToken: joinTokenSchema,
  install: installValuesSchema,
});

/** What asking for a join token takes. */
export const issueJoinTokenSchema = z
  .strictObject({
    /** Default 1h, at most 7d. */
    lifetime: durationSchema.optional(),
  })
  .default({});

/** A join token that is open still: what it is, never its secret. */
export const joinTokenListSchema = z.object({
  items: z.array(z.object({ id: id('joinToken'), createdAt: instant, expiresAt: instant })),
});

/** Agents that hold a certificate for a cluster. */
export const agentListSchema = z.object({
  items: z.array(
    z.object({
      id: id('agent'),
      /** Serial number of its certificate, lower-case hex. */
      serial: z.string(),
      expiresAt: instant,
      enrolledAt: instant.optional(),
      /** Whether it shows, each time that it dials, that it runs in the cluster that it enrolled in. */
      identity: z.enum(['verified', 'unverified']),
      isConnected: z.boolean(),
      /** Open tunnels: each replica of the agent has one of its own. */
      tunnelCount: z.int().min(0),
      connectedAt: instant.optional(),
      version: z.string().optional(),
      /**
       * How its version stands to the server's: of the same minor version, one before, one after, or further away, which is not
       * supported.
       */
      versionSkew: z.enum(['none', 'older', 'newer', 'unsupported']).optional(),
    }),
  ),
});

/** Nodes and namespaces of a cluster. The lists hold the first of each by name; the counts are of all. */
export const clusterInventorySchema = z.object({
  kubernetesVersion: z.string().optional(),
  nodeCount: z.int().min(0),
  readyNodeCount: z.int().min(0),
  namespaceCount: z.int().min(0),
  nodes: z.array(
    z.object({
      name: z.string(),
      isReady: z.boolean(),
      kubeletVersion: z.string(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
  namespaces: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()) })),
  /** Absent: the server has not seen the cluster yet. */
  observedAt: instant.optional(),
});

/** A kube credential, good for one cluster only. */
export const kubeCredentialSchema = z.object({
  id: id('credential'),
  clusterId: id('cluster'),
  token: z.string(),
  expiresAt: instant,
});

/**
 * In which form a kube credential was given out: to the exec credential plugin, which renews it; as a client certificate; or
 * as a static token that its holder keeps.
 */
export const CREDENTIAL_KINDS = ['exec', 'certificate', 'token'] as const;

/** Longest certificate request that is read, in characters. One of P-256 takes about 500. */
export const MAX_CSR_LENGTH = 8_192;

/** What minting a static token takes. */
export const mintStaticTokenSchema = z
  .strictObject({
    /** Default 1h, or what settings and login session leave of it. A longer one than they allow is refused. */
    lifetime: durationSchema.optional(),
  })
  .default({});

/** What issuing a client certificate takes. */
export const issueClientCertificateSchema = z.strictObject({
  /** Certificate request (PKCS#10, PEM) over a P-256 key that stays with the client. Only its public key is used. */
  csr: z.string().max(MAX_CSR_LENGTH),
  /** Default 1h, or what settings and login session leave of it. A longer one than they allow is refused. */
  lifetime: durationSchema.optional(),
});

/** A client certificate that is a kube credential, good for one cluster only. */
export const clientCertificateSchema = z.object({
  id: id('credential'),
  clusterId: id('cluster'),
  /** PEM. */
  certificate: z.string(),
  /** Lower-case hex. */
  serial: z.string(),
  expiresAt: instant,
  /** TLS server name under which the certificate is asked for and taken (`tls-server-name` of a kubeconfig). */
  tlsServerName: z.string(),
  /** CA of the server's certificate under that name, PEM. */
  ca: z.string(),
});

/** A login session of a person or machine. */
export const loginSessionSchema = z.object({
  id: id('loginSession'),
  /** User name of whom it belongs to. */
  user: z.string(),
  /** How the principal proved who they are. */
  method: z.string(),
  identityProvider: z.string().optional(),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.optional(),
  sourceAddress: z.string().optional(),
  userAgent: z.string().optional(),
  /** The session that asks. */
  isCurrent: z.boolean(),
});

/** Login sessions, newest first. */
export const loginSessionListSchema = z.object({ items: z.array(loginSessionSchema), metadata: pageMetadataSchema });

/** A kube credential that was minted and lives: what it is, never the token. */
export const credentialSchema = z.object({
  id: id('credential'),
  user: z.string(),
  cluster: z.string(),
  kind: z.enum(CREDENTIAL_KINDS),
  /** Of a client certificate; lower-case hex. */
  certificateSerial: z.string().optional(),
  loginSessionId: id('loginSession').optional(),
  createdAt: instant,
  expiresAt: instant,
});

/** Live kube credentials, newest first. */
export const credentialListSchema = z.object({ items: z.array(credentialSchema), metadata: pageMetadataSchema });

/** Query of listings of sessions and credentials. */
export const sessionQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  continue: z.string().max(1_024).optional(),
  /** Only those of one user. */
  user: z.string().max(255).optional(),
});

/** How many were ended. */
export const endedSchema = z.object({ endedCount: z.int().min(0) });

/** Who is signed in, in which organization, with which permissions; see {@link whoAmISchema}. */
export type WhoAmI = z.infer<typeof whoAmISchema>;
/** A join token, shown this once; see {@link joinTokenSchema}. */
export type JoinTokenResource = z.infer<typeof joinTokenSchema>;
/** What an agent is installed with; see {@link installValuesSchema}. */
export type InstallValues = z.infer<typeof installValuesSchema>;
/** A join token with what else the agent needs; see {@link issuedJoinTokenSchema}. */
export type IssuedJoinToken = z.infer<typeof issuedJoinTokenSchema>;
/** Join tokens that are open; see {@link joinTokenListSchema}. */
export type JoinTokenList = z.infer<typeof joinTokenListSchema>;
/** Agents of a cluster; see {@link agentListSchema}. */
export type AgentList = z.infer<typeof agentListSchema>;
/** What a cluster last told about itself; see {@link clusterInventorySchema}. */
export type ClusterInventoryResource = z.infer<typeof clusterInventorySchema>;
/** A credential for one cluster, shown this once; see {@link kubeCredentialSchema}. */
export type KubeCredentialResource = z.infer<typeof kubeCredentialSchema>;
/** What minting a static token takes; see {@link mintStaticTokenSchema}. */
export type MintStaticToken = z.infer<typeof mintStaticTokenSchema>;
/** What issuing a client certificate takes; see {@link issueClientCertificateSchema}. */
export type IssueClientCertificate = z.infer<typeof issueClientCertificateSchema>;
/** A client certificate for one cluster; see {@link clientCertificateSchema}. */
export type ClientCertificateResource = z.infer<typeof clientCertificateSchema>;
/** A login session; see {@link loginSessionSchema}. */
export type LoginSessionResource = z.infer<typeof loginSessionSchema>;
/** Login sessions; see {@link loginSessionListSchema}. */
export type LoginSessionList = z.infer<typeof loginSessionListSchema>;
/** A live kube credential; see {@link credentialSchema}. */
export type CredentialResource = z.infer<typeof credentialSchema>;
/** Live kube credentials; see {@link credentialListSchema}. */
export type CredentialList = z.infer<typeof credentialListSchema>;
