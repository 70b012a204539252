import { detailsOf } from '@sallyport/audit';
import { Secret } from '@sallyport/core';
import {
  type AccessRequestResource,
  API_VERSION,
  ApiProblemError,
  type CreateAccessRequest,
  type KindSpec,
  type Problem,
} from '@sallyport/core/api';
import { type CommandLine, logIn } from '../../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../../authn/testing/installation.ts';

/** People of a world in which access is asked for. */
export type PersonName = 'ada' | 'dora' | 'dirk' | 'rita' | 'remo' | 'vera' | 'nobody';

const GROUPS: Readonly<Record<PersonName, readonly string[]>> = {
  /** Administrator of the organization. */
  ada: ['admins'],
  dora: ['devs'],
  dirk: ['devs'],
  rita: ['reviewers'],
  remo: ['reviewers'],
  vera: ['viewers'],
  nobody: [],
};

/** An installation with a cluster `prod`, people who may ask, and people who review. */
export interface AccessWorld {
  readonly installation: Installation;
  readonly people: Readonly<Record<PersonName, CommandLine>>;
  readonly organization: string;
  /** Puts a request policy under which developers may ask for `developer` on `prod`. */
  putPolicy(name: string, spec?: Partial<KindSpec<'RequestPolicy'>>): Promise<void>;
  /** Asks as somebody, under a policy. */
  ask(who: PersonName, policy: string, more?: Partial<CreateAccessRequest>): Promise<AccessRequestResource>;
  approve(who: PersonName, seen: Pick<AccessRequestResource, 'id' | 'contentSha256'>): Promise<AccessRequestResource>;
  /** Codes of the audit events of an access request or of a grant, oldest first. */
  audited(id: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Email of a person, which is their user name. */
export const emailOf = (name: string): string => `${name}@example.com`;

/** Starts it. */
export async function startAccessWorld(): Promise<AccessWorld> {
  const names = Object.keys(GROUPS) as PersonName[];
  const installation = await startInstallation({
    users: names.map((name) => ({
      email: emailOf(name),
      name,
      password: new Secret(`password of ${name}`),
      groups: GROUPS[name],
    })),
  });
  const people = {} as Record<PersonName, CommandLine>;
  for (const name of names) people[name] = await logIn(installation, emailOf(name));
  const organization = installation.organization.name;
  await addCluster(installation, 'prod');
  const { api: ada } = people.ada;
  await ada.createBinding({
    organization,
    body: {
      apiVersion: API_VERSION,
      kind: 'Binding',
      metadata: { name: 'reviewers' },
      spec: {
        role: 'approver',
        subjects: [{ kind: 'Group', name: 'reviewers', identityProvider: 'development' }],
        scope: { kind: 'organization' },
      },
    },
  });

  return {
    installation,
    people,
    organization,
    async putPolicy(name, spec = {}) {
      const body = {
        apiVersion: API_VERSION as typeof API_VERSION,
        kind: 'RequestPolicy' as const,
        metadata: { name },
        spec: {
          requesters: [{ kind: 'Group' as const, name: 'devs', identityProvider: 'development' }],
          roles: ['developer'],
          scope: { kind: 'clusters' as const, clusters: ['prod'] },
          maxDuration: '4h',
          steps: [{ reviewers: 'permitted' as const }],
          ...spec,
        },
      };
      const report = await ada.applyResources({ organization, body: { resources: [body] } });
      if (!report.isApplied) throw new Error(JSON.stringify(report.results));
    },
    ask: (who, policy, more = {}) =>
      people[who].api.createAccessRequest({
        organization,
        body: {
          role: 'developer',
          scope: { kind: 'clusters', clusters: ['prod'] },
          duration: '1h',
          reason: 'a deployment is stuck',
          policy,
          ...more,
        },
      }),
    approve: (who, { id, contentSha256 }) =>
      people[who].api.reviewAccessRequest({ organization, id, body: { verdict: 'approve', contentSha256 } }),
    async audited(id) {
      const events = await installation.store.listAudit({
        organizationId: installation.organization.id,
        limit: 1_000,
      });
      const [key, prefix] = id.startsWith('req_') ? ['accessRequestId', 'access_request.'] : ['grantId', 'grant.'];
      const named = events.filter((event) => detailsOf(event)[key] === id && event.code.startsWith(prefix));
      return named.map(({ code }) => code).reverse();
    },
    close: () => installation.close(),
  };
}

/** The problem document that a call is refused with. */
export async function refusal(work: Promise<unknown>): Promise<Problem> {
  const answer = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in answer && answer.error instanceof ApiProblemError) return answer.error.problem;
  throw new Error(`it was not refused: ${JSON.stringify(answer)}`);
}
