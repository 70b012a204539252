import type { Clock, Impersonation, Logger } from '@sallyport/core';
import { describeInstalledMode } from '@sallyport/core/upstream-access';
import type { GatewayConnection } from '@sallyport/tunnel/grpc';
import type { AgentAccessConfig } from '../config.ts';
import { CEILING_ROLES, INVENTORY_GROUP } from '../manifest-rights.ts';
import type { Identify } from '../serve-exchange.ts';
import type { KubeUpstream, UpstreamIdentity } from '../upstream/contract.ts';
import { createAccessAccounts } from './access-accounts.ts';
import { createAccessClient } from './access-client.ts';
import { createAccessKeeper } from './access-keeper.ts';
import { type AccessOwner, type BindingSubject, userSubject } from './access-objects.ts';
import { createAccessRoles } from './access-roles.ts';
import { accountName } from './account-name.ts';
import { actingByAccount } from './acting-as.ts';
import { createEffectProbe } from './effect-probe.ts';

/** Options of {@link startAccess}. */
export interface StartAccessOptions {
  readonly config: AgentAccessConfig;
  readonly clusterId: string;
  readonly upstream: KubeUpstream;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How people act in the cluster of an agent. */
export interface Access {
  /** Who requests are made as for somebody who is to be acted as. */
  readonly identify: Identify;
  /** Does what a server says from now on, and no longer what one said before over another connection. */
  follow(connection: Pick<GatewayConnection, 'watchAccess'>): void;
  /** Removes everything that is kept for people. @throws AgentError `ERR_AGENT_ACCESS` */
  removeAll(): Promise<void>;
  /** Ends the keeping, and leaves what is there. Idempotent. */
  close(): Promise<void>;
}

/** Puts together what an upstream mode needs, and starts to keep access where the mode is to. */
export function startAccess({ config, clusterId, upstream, clock, logger }: StartAccessOptions): Access {
  const { mode, name, namespace } = config;
  const generatedRules = mode !== 'impersonate' && config.generatedRules === true;
  const upstreamMode = describeInstalledMode(mode, generatedRules);
  const accounts =
    mode === 'serviceAccounts'
      ? createAccessAccounts({ upstream, owner: { name, clusterId }, namespace, clock, logger })
      : undefined;
  const accountSubject = (user: string): BindingSubject => ({
    kind: 'ServiceAccount',
    namespace,
    name: accountName(name, user),
  });
  const owner: AccessOwner = { name, clusterId, subjectOf: accounts === undefined ? userSubject : accountSubject };
  const clusterRoles = mode === 'impersonate' ? [] : config.clusterRoles;
  const identityOf = async (subject: BindingSubject): Promise<UpstreamIdentity> =>
    accounts === undefined ? { user: subject.name, groups: [] } : { token: await accounts.token(subject.name) };
  const roles = generatedRules ? createAccessRoles({ upstream, owner: { name, clusterId }, logger }) : undefined;
  const keeper = createAccessKeeper({
    client: createAccessClient(upstream, name, generatedRules),
    probe: createEffectProbe({ upstream, clusterRoles, ...(roles && { madeRules: roles.rulesOf }), identityOf, clock }),
    owner,
    clusterRoles,
    formerClusterRoles: CEILING_ROLES,
    ...(accounts && { accounts }),
    ...(roles && { roles }),
    clock,
    logger,
  });
  let unfollow = (): void => {};

  return {
    identify: accounts === undefined ? (impersonation) => impersonation : actingByAccount(accounts, name),
    follow(connection) {
      unfollow();
      let isCurrent = true;
      const report = connection.watchAccess(
        { hash: '', failure: '', clusterRoles: [...clusterRoles], upstreamMode },
        ({ version, access }) => {
          if (isCurrent) keeper.take({ version, bytes: access });
        },
        (error) => logger.debug({ err: error }, 'the server does not say what is to be kept bound'),
      );
      const stop = keeper.follow(({ hash, failure }) => report({ hash, failure, clusterRoles: [], upstreamMode: '' }));
      unfollow = () => {
        isCurrent = false;
        stop();
      };
    },
    removeAll: () => keeper.removeAll(),
    close: () => keeper.close(),
  };
}

/** Whoever is acted as when it is tried out. */
const TRIAL: Impersonation = { user: 'sallyport:trial', groups: [INVENTORY_GROUP] };

/**
 * Finds out why nobody can act through the agent, by acting as somebody and asking for what everybody may know. Empty when it works:
 * the rights of the agent and what the API server has fit each other.
 */
export async function tryAccess(
  upstream: Pick<KubeUpstream, 'sendAsAgent'>,
  identify: Identify,
  config: AgentAccessConfig,
): Promise<string> {
  const as = await identify(TRIAL);
  const { status, body } = await upstream.sendAsAgent({ method: 'GET', path: '/version', as });
  if (status === 200) return '';
  const kind = config.constrainedImpersonation
    ? ' with constrained impersonation, which the API server may not have'
    : '';
  const said = (body as { readonly message?: unknown } | undefined)?.message;
  return (
    `the agent is installed for the mode ${config.mode}${kind}, and acting as somebody is answered with status ${status}` +
    (typeof said === 'string' ? `: ${said.slice(0, 120)}` : '')
  );
}
