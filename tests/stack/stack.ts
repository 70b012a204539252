import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentAccessConfig, runAgent, type TunnelLink } from '@sallyport/agent';
import { type CeilingRole, ceilingGroups } from '@sallyport/agent/manifest';
import { type ClusterId, type Logger, Secret, silentLogger } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { signIn } from '@sallyport/core/testing';
import { createServer, developmentConfig, type SallyportServer, type ServerConfig } from '@sallyport/server';
import { temporaryFolder } from '../support/index.ts';
import { fetchTrusting, logIn, type Person } from './login.ts';

/** Names of the people that a stack has. */
export type PersonName = 'admin' | 'developer' | 'viewer' | 'auditor' | GuestEmail;

/** Address of somebody that a test brings along. */
export type GuestEmail = `${string}@${string}`;

/** A server and an agent in this process, in front of a cluster. */
export interface Stack {
  readonly server: SallyportServer;
  readonly clusterId: ClusterId;
  readonly folder: string;
  /** Signs a person in, once. */
  person(name: PersonName): Promise<Person>;
  /** What a person types to sign in. */
  loginOf(name: PersonName): { readonly email: string; readonly password: string };
  /** A browser in which the person signs in by themselves; what `sallyport login` opens. */
  browserOf(name: PersonName): (url: URL) => Promise<boolean>;
  /** A kubeconfig file of a person's with a minted credential. */
  kubeconfig(name: PersonName): Promise<string>;
  /** A fresh bearer token of a person's. */
  token(name: PersonName): Promise<string>;
  /** Stops the agent; `startAgent` brings it back. */
  stopAgent(): Promise<void>;
  startAgent(): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@link startStack}. */
export interface StackOptions {
  /** Kubeconfig that the agent speaks to its API server with. */
  readonly kubeconfig: string;
  readonly logger?: Logger;
  /** What the tunnel runs on. Default: gRPC. */
  readonly tunnelLink?: TunnelLink;
  /** How people act in the cluster. Default: they are impersonated. */
  readonly access?: AgentAccessConfig;
  /** Further people, all of them developers, who go by their addresses. */
  readonly guests?: readonly GuestEmail[];
  /** What the server's configuration has other than usual. */
  readonly config?: Partial<ServerConfig>;
}

export const ORGANIZATION = 'demo';
export const CLUSTER = 'demo';
const AGENT_CEILING = ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'];
const PEOPLE = ['admin', 'developer', 'viewer', 'auditor'] as const;

/** Starts server and agent, registers the cluster as a person would, and waits until it is connected. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { kubeconfig, access, tunnelLink, guests = [], logger = silentLogger, config = {} } = options;
  const folder = temporaryFolder();
  const names: readonly PersonName[] = [...PEOPLE, ...guests];
  const emailOf = (name: PersonName) => (name.includes('@') ? name : `${name}@demo.test`);
  const passwords = Object.fromEntries(names.map((name) => [name, randomBytes(18).toString('base64url')]));
  const server = await createServer({
    config: developmentConfig({
      stateDir: join(folder, 'server'),
      organization: ORGANIZATION,
      ...config,
      bindings: PEOPLE.map((role) => ({ role, identityProvider: 'development', group: `${role}s` })),
      developmentUsers: names.map((name) => ({
        email: emailOf(name),
        name,
        password: new Secret(passwords[name] ?? ''),
        groups: [name.includes('@') ? 'developers' : `${name}s`],
      })),
    }),
    logger,
  });
  const people = new Map<PersonName, Promise<Person>>();
  const person = (name: PersonName): Promise<Person> => {
    const known = people.get(name);
    if (known !== undefined) return known;
    const signedIn = logIn(server.publicUrl, server.caPem, emailOf(name), passwords[name] ?? '');
    people.set(name, signedIn);
    return signedIn;
  };

  const { install, joinToken } = await registerCluster((await person('admin')).api, ORGANIZATION, {
    name: CLUSTER,
    ...(access && {
      spec: { agent: { upstreamMode: access.mode, ...(access.generatedRules === true && { generatedRules: true }) } },
    }),
  });
  let agent: { readonly stopping: AbortController; readonly done: Promise<void> } | undefined;

  async function startAgent(): Promise<void> {
    const stopping = new AbortController();
    const ready = new Promise<void>((resolve, reject) => {
      const done = runAgent(
        {
          server: { url: new URL(install.serverUrl), caPem: install.caPem },
          clusterId: install.clusterId,
          capabilityKeys: install.capabilityJwks as never,
          joinToken: () => new Secret(joinToken.token),
          identity: { kind: 'file', directory: join(folder, 'agent') },
          upstream: { kind: 'kubeconfig', file: kubeconfig },
          ceiling:
            access === undefined ? AGENT_CEILING : ceilingGroups(access.clusterRoles as CeilingRole[], access.mode),
          ...(access && { access }),
          ...(tunnelLink && { tunnelLink }),
          drainTimeoutMs: 1_000,
        },
        { signal: stopping.signal, logger, onReady: (isReady) => isReady && resolve() },
      );
      agent = { stopping, done };
      done.catch(reject);
    });
    await ready;
  }
  async function stopAgent(): Promise<void> {
    agent?.stopping.abort();
    await agent?.done;
    agent = undefined;
  }
  async function token(name: PersonName): Promise<string> {
    return (await (await person(name)).api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER })).token;
  }

  await startAgent();
  return {
    server,
    clusterId: install.clusterId,
    folder,
    person,
    token,
    loginOf: (name) => ({ email: emailOf(name), password: passwords[name] ?? '' }),
    browserOf: (name) => async (url) => {
      const redirect = await signIn({
        authorizationUrl: url.href,
        user: emailOf(name),
        password: passwords[name] ?? '',
        fetch: fetchTrusting(server.caPem),
      });
      await fetch(redirect);
      return true;
    },
    startAgent,
    stopAgent,
    async kubeconfig(name) {
      const path = join(folder, `${createHash('sha256').update(name).digest('hex')}.kubeconfig`);
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'demo',
        clusters: [
          {
            name: 'demo',
            cluster: {
              server: `${server.publicUrl}/k/${ORGANIZATION}/${CLUSTER}`,
              'certificate-authority-data': Buffer.from(server.caPem).toString('base64'),
            },
          },
        ],
        users: [{ name, user: { token: await token(name) } }],
        contexts: [{ name: 'demo', context: { cluster: 'demo', user: name } }],
      };
      writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
      return path;
    },
    async close() {
      await stopAgent();
      await server.close();
    },
  };
}
