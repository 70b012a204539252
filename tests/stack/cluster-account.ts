import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentRbacOptions, rbacOnly, renderObjects } from '@sallyport/agent/manifest';
import { parse } from 'yaml';
import { part, run } from '../support/index.ts';

/** An agent's account in a real cluster, with the rights of the install manifest and no others. */
export interface ClusterAccount {
  /** Kubeconfig of the account, for the agent. */
  readonly kubeconfig: string;
  /** Name of the account, and of its namespace. */
  readonly name: string;
  /** Name of the account in the cluster's audit log. */
  readonly userName: string;
  /** Takes everything out of the cluster again. */
  remove(): Promise<void>;
}

/**
 * Applies the manifest's RBAC part under a name of its own, and asks for a token of its service account. All ceilings and the mode
 * `impersonate` unless `rights` say otherwise.
 */
export async function createClusterAccount(
  folder: string,
  rights: Pick<AgentRbacOptions, 'ceiling' | 'upstreamMode' | 'constrainedImpersonation' | 'generatedRules'> = {},
): Promise<ClusterAccount> {
  const admin = part('cluster');
  const name = `sallyport-test-${randomBytes(4).toString('hex')}`;
  const objects = renderObjects(
    rbacOnly({ namespace: name, name, ceiling: ['view', 'edit', 'admin', 'cluster-admin'], ...rights }),
  );
  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const outcome = await run(part('kubectl'), ['--kubeconfig', admin, ...args], input === undefined ? {} : { input });
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stdout;
  };
  await kubectl(['apply', '-f', '-'], objects);
  const token = (await kubectl(['-n', name, 'create', 'token', name, '--duration', '2h'])).trim();
  const config = parse(readFileSync(admin, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token };
  const kubeconfig = join(folder, 'agent.kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return {
    kubeconfig,
    name,
    userName: `system:serviceaccount:${name}:${name}`,
    async remove() {
      await kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], objects);
    },
  };
}
