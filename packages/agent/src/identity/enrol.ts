import {
  type ClusterId,
  type EnrolmentAttestation,
  type EnrolmentRequest,
  type EnrolmentResponse,
  isId,
  type Secret,
} from '@sallyport/core';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { AgentError } from '../errors.ts';
import { postToServer, type ServerAddress } from '../server-client.ts';
import { type AgentIdentity, makeIdentity } from './identity.ts';

/** Options of {@link enrol}. */
export interface EnrolOptions {
  readonly server: ServerAddress;
  readonly joinToken: Secret;
  /** The cluster that the manifest names; an answer for another one is refused. */
  readonly clusterId?: ClusterId;
  readonly agentVersion: string;
  /** In which cluster the agent runs, if it can show that. */
  readonly attestation?: EnrolmentAttestation;
}

/**
 * Exchanges a join token for an identity. The key is made here and never leaves; the join token is sent only over TLS
 * that was verified against the pinned CA.
 * @throws AgentError `ERR_AGENT_SERVER_UNTRUSTED`, `ERR_AGENT_SERVER_UNREACHABLE`, `ERR_AGENT_EGRESS_PROXY`,
 *   `ERR_AGENT_ENROLMENT_REFUSED`, `ERR_AGENT_ENROLMENT_ANSWER`
 */
export async function enrol(options: EnrolOptions): Promise<AgentIdentity> {
  const { privateKeyPem, csrPem } = createKeyAndRequest('sallyport-agent');
  const request: EnrolmentRequest = {
    joinToken: options.joinToken.reveal(),
    csrPem,
    agentVersion: options.agentVersion,
    ...(options.attestation && { attestation: options.attestation }),
  };
  const { status, body } = await postToServer(options.server, '/agent/v1/enroll', request);
  if (status !== 200 && status !== 201) throw refusal(status, body);
  const answer = readAnswer(body);
  if (options.clusterId !== undefined && answer.clusterId !== options.clusterId) {
    throw malformed(`the server enrolled for cluster ${answer.clusterId}, the configuration says ${options.clusterId}`);
  }
  return makeIdentity({
    clusterId: answer.clusterId,
    clusterName: answer.clusterName,
    certificatePem: answer.certificatePem,
    privateKeyPem,
    tunnel: answer.tunnel,
  });
}

function readAnswer(body: unknown): EnrolmentResponse {
  const answer = body as Partial<Record<keyof EnrolmentResponse, unknown>> | null | undefined;
  const tunnel = answer?.tunnel as Partial<Record<keyof EnrolmentResponse['tunnel'], unknown>> | null | undefined;
  const texts = [
    answer?.clusterId,
    answer?.clusterName,
    answer?.certificatePem,
    tunnel?.address,
    tunnel?.serverName,
    tunnel?.caPem,
  ];
  if (texts.some((text) => typeof text !== 'string') || !isId('cluster', String(answer?.clusterId))) {
    throw malformed("the server's answer to the enrolment lacks required fields");
  }
  return body as EnrolmentResponse;
}

function refusal(status: number, body: unknown): AgentError {
  // A problem document (RFC 9457) carries the server's own sentence and code.
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const said = [problem['detail'], problem['title']].find((text) => typeof text === 'string');
  return new AgentError({
    code: status >= 500 || status === 429 ? 'ERR_AGENT_SERVER_UNREACHABLE' : 'ERR_AGENT_ENROLMENT_REFUSED',
    message: `the server refused the enrolment with status ${status}${said === undefined ? '' : `: ${String(said).slice(0, 300)}`}`,
    nextStep: 'Make a new join token for the cluster and put it into the configuration of the agent.',
  });
}

function malformed(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_ENROLMENT_ANSWER', message });
}
