import { entry } from './entry.ts';
import { CLUSTER, CLUSTER_CALL } from './example-facts.ts';
import { count, flag, freeText, identifier, instant, optional, word } from './fields.ts';

const joinTokenId = identifier('The join token; never the token itself.');
const agentId = identifier('The agent.');
const serial = identifier('Serial number of its certificate.');
const agentVersion = identifier('Version that the agent states.');
const AGENT = 'agt_01k9y3t0q5m8w2v7h4x6z1r9by';
const SERIAL = '4f1a90c7d2e35b68';
const JOIN_TOKEN = 'jtk_01k9y3t0q5m8w2v7h4x6z1r9bz';
const sourceAddress = '192.0.2.10';

/** Clusters, their agents and the tunnels between. */
export const AGENT_EVENTS = {
  'cluster.join_token.issued': entry({
    name: 'Join token issued',
    category: 'agent',
    severity: 'notice',
    summary: 'A join token was issued, with which one agent can enrol for a cluster.',
    fields: { joinTokenId, expiresAt: instant('When it expires.') },
    example: { ...CLUSTER_CALL, details: { joinTokenId: JOIN_TOKEN, expiresAt: '2026-01-01T01:00:00.000Z' } },
  }),
  'cluster.join_token.revoked': entry({
    name: 'Join token revoked',
    category: 'agent',
    severity: 'notice',
    summary: 'A join token was revoked before it was used.',
    fields: { joinTokenId },
    example: { ...CLUSTER_CALL, details: { joinTokenId: JOIN_TOKEN } },
  }),
  'cluster.health.changed': entry({
    name: 'Cluster health changed',
    category: 'agent',
    severity: 'info',
    summary: 'What can be reached of a cluster changed; a warning unless it is connected.',
    fields: {
      from: word('State before.'),
      to: word('State after.'),
      reason: optional(freeText('Why, in the words of the agent or of the server.')),
    },
    example: { ...CLUSTER, details: { from: 'connected', to: 'disconnected', reason: 'no agent is connected' } },
  }),
  'agent.enrolled': entry({
    name: 'Agent enrolled',
    category: 'agent',
    severity: 'notice',
    summary: 'An agent redeemed a join token and got a certificate for its cluster.',
    fields: {
      agentId,
      serial,
      agentVersion,
      isAttested: flag('Whether its cluster vouched for it.'),
      attestationProblem: optional(freeText('Why not, where it tried.')),
    },
    example: {
      ...CLUSTER,
      sourceAddress,
      details: { agentId: AGENT, serial: SERIAL, agentVersion: '1.0.0', isAttested: true },
    },
  }),
  'agent.enrolment.refused': entry({
    name: 'Agent enrolment refused',
    category: 'agent',
    severity: 'warning',
    summary: 'Somebody showed a join token that is not known, was used, or has expired.',
    fields: { reason: word('Why: `unknown`, `used` or `expired`.') },
    example: { sourceAddress, details: { reason: 'used' } },
  }),
  'agent.certificate.renewed': entry({
    name: 'Agent certificate renewed',
    category: 'agent',
    severity: 'info',
    summary: 'An agent got its next certificate.',
    fields: { agentId, serial },
    example: { ...CLUSTER, sourceAddress, details: { agentId: AGENT, serial: SERIAL } },
  }),
  'agent.renewal.refused': entry({
    name: 'Agent renewal refused',
    category: 'agent',
    severity: 'warning',
    summary: 'An agent asked for its next certificate, and its cluster is not registered any more.',
    fields: {},
    example: { ...CLUSTER, sourceAddress },
  }),
  'agent.revoked': entry({
    name: 'Agent revoked',
    category: 'agent',
    severity: 'notice',
    summary: 'The certificates of an agent were voided; its tunnels end.',
    fields: { agentId, certificateCount: count('Certificates that were voided.') },
    example: { ...CLUSTER_CALL, details: { agentId: AGENT, certificateCount: 1 } },
  }),
  'agent.told_deregistered': entry({
    name: 'Agent told that its cluster is gone',
    category: 'agent',
    severity: 'notice',
    summary: 'An agent of a deregistered cluster dialled and was told to remove what was installed.',
    fields: {},
    example: { ...CLUSTER, sourceAddress },
  }),
  'tunnel.opened': entry({
    name: 'Tunnel opened',
    category: 'agent',
    severity: 'info',
    summary: 'The tunnel of an agent was let in.',
    fields: {
      agentId,
      agentVersion,
      instanceId: identifier('The process of the agent.'),
      isAttested: flag('Whether its cluster vouched for it.'),
    },
    example: {
      ...CLUSTER,
      sourceAddress,
      details: { agentId: AGENT, agentVersion: '1.0.0', instanceId: 'agent-7c9d', isAttested: true },
    },
  }),
  'tunnel.closed': entry({
    name: 'Tunnel closed',
    category: 'agent',
    severity: 'info',
    summary: 'The tunnel of an agent ended; more than that where it did not end orderly.',
    fields: { agentId, reason: optional(freeText('Why, where it did not end orderly.')) },
    example: { ...CLUSTER, sourceAddress, details: { agentId: AGENT, reason: 'the peer did not answer for 30000 ms' } },
  }),
  'tunnel.refused': entry({
    name: 'Tunnel refused',
    category: 'agent',
    severity: 'warning',
    summary: 'Somebody dialled with an agent certificate that is not live, or from another cluster.',
    fields: {
      serial: optional(serial),
      agentId: optional(agentId),
      reason: freeText('Why.'),
    },
    example: { ...CLUSTER, sourceAddress, details: { serial: SERIAL, reason: 'certificate not known' } },
  }),
} as const;
