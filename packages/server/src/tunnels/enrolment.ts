import type { AuditPipeline } from '@sallyport/audit';
import {
  type AgentId,
  type Clock,
  type ClusterId,
  createId,
  type EnrolmentAttestation,
  type EnrolmentRequest,
  type EnrolmentResponse,
  isCodedError,
  type TunnelEndpoint,
} from '@sallyport/core';
import { ServerError } from '../errors.ts';
import type { AgentCertificateAuthority, IssuedAgentCertificate } from '../pki/index.ts';
import { requestTrace } from '../request-trace.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { AgentAttestation } from '../stores/cluster-contracts.ts';
import type { Store } from '../stores/contracts.ts';
import { systemEvent } from '../system-event.ts';
import { readAttestation } from './attestation.ts';

/** What enrolment and renewal work with. */
export interface EnrolmentOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly agentCa: AgentCertificateAuthority;
  readonly endpoint: TunnelEndpoint;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
}

/** Issues agents their certificates. */
export interface Enrolment {
  /**
   * Exchanges a join token for a certificate. The token is used up only when the CSR was good.
   * @throws ServerError `ERR_ENROLMENT_INVALID`, `ERR_ENROLMENT_REFUSED`
   */
  enrol(body: unknown, sourceAddress: string): Promise<EnrolmentResponse>;
  /**
   * Issues the next certificate of an agent that is connected. Agent and cluster come from its verified certificate, never
   * from the request (SEC-D17).
   * @throws ServerError `ERR_ENROLMENT_INVALID`, `ERR_GATEWAY_IDENTITY_REFUSED`
   */
  renew(csrPem: string, agent: KnownAgent, sourceAddress: string): Promise<IssuedAgentCertificate>;
}

/** An agent that the server knows by its certificate. */
export interface KnownAgent {
  readonly agentId: AgentId;
  readonly clusterId: ClusterId;
}

const MAX_FIELD_LENGTH = 16_384;

/** Makes the enrolment service. */
export function createEnrolment(options: EnrolmentOptions): Enrolment {
  const { store, snapshots, agentCa, endpoint, audit, clock } = options;

  async function issue(csrPem: string, clusterId: ClusterId): Promise<IssuedAgentCertificate> {
    try {
      return await agentCa.issueAgentCertificate(csrPem, clusterId);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      throw new ServerError({ code: 'ERR_ENROLMENT_INVALID', message: error.message, cause: error });
    }
  }

  /** What does not hold together is no attestation: the holder of a join token could as well have shown none. */
  async function attest(
    { attestation: shown }: EnrolmentRequest,
    clusterId: ClusterId,
  ): Promise<{ readonly attestation?: AgentAttestation; readonly problem?: string }> {
    if (shown === undefined) return {};
    try {
      return { attestation: await readAttestation(shown, clusterId, clock) };
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  return {
    async enrol(body, sourceAddress) {
      const request = readRequest(body);
      // A CSR that can't be signed rolls the transaction back, so it does not cost the operator the token.
      const outcome = await store.transact(async (tx) => {
        const redeemed = await tx.redeemJoinToken(request.joinToken);
        if ('refused' in redeemed) {
          await tx.appendAudit(
            systemEvent(options, 'agent.enrolment.refused', {
              ...requestTrace(),
              sourceAddress,
              details: { reason: redeemed.refused },
            }),
          );
          return redeemed;
        }
        const issued = await issue(request.csrPem, redeemed.clusterId);
        const id = createId('agent', clock.now());
        const { attestation, problem } = await attest(request, redeemed.clusterId);
        await tx.putAgent({
          id,
          clusterId: redeemed.clusterId,
          enrolledAt: new Date(clock.now()),
          ...(attestation && { attestation }),
        });
        await tx.putAgentCertificate({
          id,
          clusterId: redeemed.clusterId,
          serial: issued.serial,
          notAfter: issued.notAfter,
        });
        await tx.appendAudit(
          systemEvent(options, 'agent.enrolled', {
            ...requestTrace(),
            clusterId: redeemed.clusterId,
            sourceAddress,
            details: {
              agentId: id,
              serial: issued.serial,
              agentVersion: request.agentVersion,
              isAttested: attestation !== undefined,
              ...(problem !== undefined && { attestationProblem: problem }),
            },
          }),
        );
        return { clusterId: redeemed.clusterId, issued };
      });
      if ('refused' in outcome) throw refusedToken(outcome.refused);
      const snapshot = await snapshots.refresh();
      const cluster = snapshot.clusters.get(outcome.clusterId);
      if (cluster === undefined) throw refusedToken('unknown');
      return {
        clusterId: cluster.id,
        clusterName: cluster.name,
        certificatePem: outcome.issued.certificatePem,
        tunnel: endpoint,
      };
    },

    async renew(csrPem, { agentId, clusterId }, sourceAddress) {
      if (!snapshots.current().clusters.has(clusterId)) {
        await audit.record(
          systemEvent(options, 'agent.renewal.refused', { severity: 'warning', clusterId, sourceAddress }),
          'required',
        );
        throw new ServerError({
          code: 'ERR_GATEWAY_IDENTITY_REFUSED',
          message: 'the cluster of this agent is not registered any more',
          nextStep: 'Register the cluster again and install the agent with the new manifest.',
        });
      }
      const issued = await issue(csrPem, clusterId);
      await store.transact(async (tx) => {
        await tx.putAgentCertificate({
          id: agentId,
          clusterId,
          serial: issued.serial,
          notAfter: issued.notAfter,
        });
        await tx.appendAudit(
          systemEvent(options, 'agent.certificate.renewed', {
            severity: 'info',
            clusterId,
            sourceAddress,
            details: { agentId, serial: issued.serial },
          }),
        );
      });
      await snapshots.refresh();
      return issued;
    },
  };
}

function refusedToken(reason: 'unknown' | 'used' | 'expired'): ServerError {
  const what = { unknown: 'is not known', used: 'was used before', expired: 'has expired' }[reason];
  return new ServerError({
    code: 'ERR_ENROLMENT_REFUSED',
    message: `the join token ${what}`,
    nextStep: 'Run `sallyport clusters manifest NAME` for a new token; a running agent needs none.',
  });
}

function readRequest(body: unknown): EnrolmentRequest {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value === 'string' && value !== '' && value.length <= MAX_FIELD_LENGTH) return value;
    throw new ServerError({
      code: 'ERR_ENROLMENT_INVALID',
      message: `${name} must be text of 1 to ${MAX_FIELD_LENGTH} characters`,
    });
  };
  const shown = fields['attestation'] as Partial<EnrolmentAttestation> | null | undefined;
  return {
    joinToken: text('joinToken'),
    csrPem: text('csrPem'),
    agentVersion: text('agentVersion'),
    ...(typeof shown?.serviceAccountToken === 'string' && {
      attestation: { serviceAccountToken: shown.serviceAccountToken, jwks: shown.jwks },
    }),
  };
}
