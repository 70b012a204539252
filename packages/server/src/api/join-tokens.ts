import { type Cluster, formatDuration, isId, parseDuration } from '@sallyport/core';
import type { IssuedJoinToken as IssuedJoinTokenResource, JoinTokenList } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { IssuedJoinToken } from '../stores/index.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

/** What join tokens may be. */
export interface JoinTokenLimits {
  /** Longest life that may be asked for. Default 604,800,000 ms (7 days). */
  readonly maxLifetimeMs: number;
  /** Open join tokens of one cluster; more are refused until one is used, revoked or ends. Default 20. */
  readonly maxOpenCount: number;
}

/** Defaults of {@link JoinTokenLimits}. */
export const JOIN_TOKEN_LIMITS: JoinTokenLimits = { maxLifetimeMs: 7 * 24 * 60 * 60_000, maxOpenCount: 20 };

/** Issues a further join token for a cluster. */
export const issueJoinToken: Handler = async (context, call): Promise<IssuedJoinTokenResource> => {
  const cluster = locateCluster(context, call, 'joinTokens.create');
  const lifetimeMs = readLifetime(call, context.joinTokenLifetimeMs);
  const joinToken = await context.store.transact(async (tx) => {
    const issued = await tx.issueJoinToken(cluster.id, lifetimeMs);
    const openCount = await tx.countOpenJoinTokens(cluster.id);
    if (openCount > JOIN_TOKEN_LIMITS.maxOpenCount) throw tooMany(openCount);
    await tx.appendAudit(
      callEvent(context, call, 'cluster.join_token.issued', {
        clusterId: cluster.id,
        clusterName: cluster.name,
        details: { joinTokenId: issued.id, expiresAt: issued.expiresAt.toISOString() },
      }),
    );
    await call.remember?.(tx, describeInstall(context, cluster, issued));
    return issued;
  });
  return describeInstall(context, cluster, joinToken);
};

/** Lists the join tokens of a cluster that can be used still. */
export const listJoinTokens: Handler = async (context, call): Promise<JoinTokenList> => {
  const cluster = locateCluster(context, call, 'joinTokens.read');
  return { items: [...(await context.store.clusters.joinTokens(cluster.id))] };
};

/** Revokes a join token, so that nobody can enrol with it any more. */
export const revokeJoinToken: Handler = async (context, call) => {
  const cluster = locateCluster(context, call, 'joinTokens.revoke');
  const id = call.parameters['id'] ?? '';
  const isRevoked = await context.store.transact(async (tx) => {
    if (!isId('joinToken', id) || !(await tx.revokeJoinToken(cluster.id, id))) return false;
    await tx.appendAudit(
      callEvent(context, call, 'cluster.join_token.revoked', {
        clusterId: cluster.id,
        clusterName: cluster.name,
        details: { joinTokenId: id },
      }),
    );
    return true;
  });
  if (isRevoked) return undefined;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `the cluster ${cluster.name} has no open join token ${JSON.stringify(id.slice(0, 64))}`,
    nextStep: 'A join token that was used or has expired needs no revoking; revoke the agent that used it.',
  });
};

function readLifetime({ body }: Call, defaultMs: number): number {
  const { lifetime } = body as { readonly lifetime?: string };
  const lifetimeMs = lifetime === undefined ? defaultMs : parseDuration(lifetime);
  const { maxLifetimeMs } = JOIN_TOKEN_LIMITS;
  if (lifetimeMs > 0 && lifetimeMs <= maxLifetimeMs) return lifetimeMs;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `a join token can't live for ${lifetime}, limit is ${formatDuration(maxLifetimeMs)}`,
    problems: [{ path: 'body.lifetime', message: `must be more than 0 and at most ${formatDuration(maxLifetimeMs)}` }],
  });
}

function tooMany(openCount: number): ApiError {
  return new ApiError({
    code: 'ERR_API_CONFLICT',
    message: `the cluster would have ${openCount} open join tokens, limit is ${JOIN_TOKEN_LIMITS.maxOpenCount}`,
    nextStep: 'Revoke those that are not needed: sallyport clusters join-tokens list NAME',
  });
}

function describeInstall(context: ApiContext, cluster: Cluster, joinToken: IssuedJoinToken): IssuedJoinTokenResource {
  return {
    joinToken: { id: joinToken.id, token: joinToken.token.reveal(), expiresAt: joinToken.expiresAt },
    install: {
      serverUrl: context.publicUrl,
      caPem: context.frontCaPem,
      clusterId: cluster.id,
      clusterName: cluster.name,
      capabilityJwks: { keys: context.capabilityJwks().keys.map((key) => ({ ...key })) },
      agents: { ...context.agents },
    },
  };
}
