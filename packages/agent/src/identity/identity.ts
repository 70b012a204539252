import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type ClusterId, clusterSanUri, isId, Secret, type TunnelEndpoint } from '@sallyport/core';
import type { LearnedCapabilityKeys } from '@sallyport/core/credentials';
import { AgentError } from '../errors.ts';

/** What an agent is to its server: a cluster, a certificate for it, and where to dial. */
export interface AgentIdentity {
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  readonly certificatePem: string;
  /** PKCS#8, PEM. */
  readonly privateKeyPem: Secret;
  readonly tunnel: TunnelEndpoint;
  /** Capability keys that were learned since the agent was installed. */
  readonly capabilityKeys?: LearnedCapabilityKeys;
  /** Life of the certificate. */
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The parts that an identity is made of, before they were checked against each other. */
export type IdentityParts = Omit<AgentIdentity, 'notBefore' | 'notAfter'>;

/**
 * Where an identity survives restarts. Several replicas may share one store, so a reader must expect an identity newer
 * than the one it wrote.
 */
export interface IdentityStore {
  /**
   * The stored identity, or `undefined` when there is none yet.
   * @throws AgentError `ERR_AGENT_IDENTITY_STORE` when it can't be read or is damaged
   */
  load(): Promise<AgentIdentity | undefined>;
  /**
   * Stores `identity`, unless another replica stored a newer one in the meantime: the one that stands afterwards is
   * returned.
   */
  save(identity: AgentIdentity): Promise<AgentIdentity>;
}

/**
 * Checks that certificate, key and cluster belong together.
 * @throws AgentError `ERR_AGENT_ENROLMENT_ANSWER`
 */
export function makeIdentity(parts: IdentityParts): AgentIdentity {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(parts.certificatePem);
  } catch (cause) {
    throw mismatch('the certificate of the agent is unreadable', cause);
  }
  if (!certificate.checkPrivateKey(createPrivateKey(parts.privateKeyPem.reveal()))) {
    throw mismatch('the certificate of the agent is for another key');
  }
  const names = (certificate.subjectAltName ?? '').split(', ');
  if (!names.includes(`URI:${clusterSanUri(parts.clusterId)}`)) {
    throw mismatch(`the certificate of the agent does not name cluster ${parts.clusterId}`);
  }
  return { ...parts, notBefore: new Date(certificate.validFrom), notAfter: new Date(certificate.validTo) };
}

/** The form in which stores keep an identity: flat text values, as the data of a Secret. */
export type IdentityRecord = Readonly<Record<(typeof RECORD_KEYS)[number], string>> & {
  /** JSON; absent as long as the pinned keys are all that is known. */
  readonly [LEARNED_KEYS]?: string;
};

const LEARNED_KEYS = 'capability-keys.json';

/** Keys that every {@link IdentityRecord} has. */
export const RECORD_KEYS = [
  'cluster-id',
  'cluster-name',
  'tls.crt',
  'tls.key',
  'tunnel-address',
  'tunnel-server-name',
  'tunnel-ca.crt',
] as const;

/** Writes an identity as a record. The result holds the private key. */
export function formatIdentity(identity: AgentIdentity): IdentityRecord {
  return {
    'cluster-id': identity.clusterId,
    'cluster-name': identity.clusterName,
    'tls.crt': identity.certificatePem,
    'tls.key': identity.privateKeyPem.reveal(),
    'tunnel-address': identity.tunnel.address,
    'tunnel-server-name': identity.tunnel.serverName,
    'tunnel-ca.crt': identity.tunnel.caPem,
    ...(identity.capabilityKeys && { [LEARNED_KEYS]: JSON.stringify(identity.capabilityKeys) }),
  };
}

/**
 * Reads a record; `undefined` when it is empty, as a freshly installed Secret is.
 * @throws AgentError `ERR_AGENT_IDENTITY_STORE` when it is incomplete or damaged
 */
export function parseIdentity(record: Readonly<Record<string, unknown>>): AgentIdentity | undefined {
  const present = RECORD_KEYS.filter((key) => typeof record[key] === 'string' && record[key] !== '');
  if (present.length === 0) return undefined;
  const missing = RECORD_KEYS.filter((key) => !present.includes(key));
  if (missing.length > 0) throw damaged(`the stored identity lacks ${missing.join(', ')}`);
  const values = record as IdentityRecord;
  const clusterId = values['cluster-id'];
  if (!isId('cluster', clusterId)) throw damaged('the stored identity names no cluster');
  const learned = record[LEARNED_KEYS];
  try {
    return makeIdentity({
      clusterId,
      ...(typeof learned === 'string' && { capabilityKeys: JSON.parse(learned) as LearnedCapabilityKeys }),
      clusterName: values['cluster-name'],
      certificatePem: values['tls.crt'],
      privateKeyPem: new Secret(values['tls.key']),
      tunnel: {
        address: values['tunnel-address'],
        serverName: values['tunnel-server-name'],
        caPem: values['tunnel-ca.crt'],
      },
    });
  } catch (cause) {
    throw damaged('the stored identity does not fit together', cause);
  }
}

function mismatch(message: string, cause?: unknown): AgentError {
  return new AgentError({ code: 'ERR_AGENT_ENROLMENT_ANSWER', message, cause });
}

function damaged(message: string, cause?: unknown): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_IDENTITY_STORE',
    message,
    cause,
    nextStep: 'Empty the identity store and enrol again with a new join token.',
  });
}
