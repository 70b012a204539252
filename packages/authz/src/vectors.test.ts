import { readdirSync, readFileSync } from 'node:fs';
import type { AccessLimits, Cluster, Principal, RequestAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicyDocuments } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
import type { Grant } from './policy.ts';
import type { AccessQuery, ActAs, AuthenticationFacts, Decision, RequestContent, ViewPart } from './query.ts';
import { aPrincipal, aResourceRequest } from './testing/fixtures.ts';

type Request = { readonly resource: string } | { readonly path: string };

interface VectorCase {
  readonly name: string;
  readonly principal?: Partial<Principal>;
  readonly cluster?: Partial<Cluster>;
  readonly projectName?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly at?: string;
  readonly address?: string;
  readonly authentication?: Omit<AuthenticationFacts, 'authenticatedAt'> & { readonly authenticatedAt: string };
  readonly content?: RequestContent;
  readonly actAs?: ActAs;
  readonly request?: Request;
  readonly requests?: readonly string[];
  readonly want: 'deny' | readonly string[];
  readonly user?: string;
  readonly obligations?: readonly (string | { readonly filter: readonly ViewPart[] })[];
  readonly expiresAt?: string | null;
  readonly limits?: AccessLimits;
  readonly requestable?: readonly string[];
  readonly says?: string;
}

interface VectorFile extends Omit<PolicyDocuments, 'grants'> {
  readonly grants?: readonly (Omit<Grant, 'startsAt' | 'endsAt'> & {
    readonly startsAt: string;
    readonly endsAt: string;
  })[];
  readonly description: string;
  readonly principal: Principal;
  readonly cluster: Cluster;
  readonly at?: string;
  readonly cases: readonly VectorCase[];
}

function readAttributes(request: Request): RequestAttributes {
  if ('path' in request) {
    const [verb = '', path = ''] = request.path.split(' ');
    return { kind: 'nonResource', verb, path };
  }
  const [verb = '', kind = '', object = ''] = request.resource.split(' ');
  const [, resource = '', subresource = '', apiGroup = ''] = /^([^./]+)(?:\/([^.]+))?(?:\.(.+))?$/.exec(kind) ?? [];
  const slash = object.indexOf('/');
  const [namespace, name] = slash < 0 ? ['', object] : [object.slice(0, slash), object.slice(slash + 1)];
  return aResourceRequest({ verb, resource, subresource, apiGroup, namespace, name });
}

/** The requests of a case, each with the words that tell it from the others. */
function requestsOf({ request, requests = [] }: VectorCase): readonly (readonly [string, Request])[] {
  const listed = requests.map((text): readonly [string, Request] => {
    const isPath = text.split(' ')[1]?.startsWith('/');
    return [`: ${text}`, isPath ? { path: text } : { resource: text }];
  });
  return request === undefined ? listed : [['', request], ...listed];
}

function readQuery(file: VectorFile, one: VectorCase, request: Request): AccessQuery {
  const { projectName, namespaceLabels, address, authentication, content, actAs } = one;
  return {
    principal: aPrincipal({ ...file.principal, ...one.principal }),
    cluster: { ...file.cluster, labels: file.cluster.labels ?? {}, ...one.cluster },
    attributes: readAttributes(request),
    at: new Date(one.at ?? file.at ?? '2026-01-01T00:00:00Z'),
    ...(projectName !== undefined && { projectName }),
    ...(namespaceLabels && { namespaceLabels }),
    ...(address !== undefined && {
      origin: { channel: 'kubectl', hasWebSession: false, address, isAddressIn: () => false },
    }),
    ...(authentication && {
      authentication: { ...authentication, authenticatedAt: new Date(authentication.authenticatedAt) },
    }),
    ...(content && { content }),
    ...(actAs && { actAs }),
  };
}

function obligationsOf(decision: Decision): readonly unknown[] {
  if (decision.effect === 'deny') return [];
  return decision.obligations.map((one) => (one.kind === 'filter' ? { filter: one.view } : one.kind));
}

const folder = new URL('../testdata/decisions/', import.meta.url);
for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
  const file = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as VectorFile;
  describe(`${name}: ${file.description}`, () => {
    const grants = file.grants?.map(({ startsAt, endsAt, ...grant }) => ({
      ...grant,
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
    }));
    const policy = compilePolicy({ ...file, grants: grants ?? [] }, 1);
    for (const one of file.cases) {
      for (const [words, request] of requestsOf(one)) {
        it(`${one.name}${words}`, () => {
          const query = readQuery(file, one, request);
          const decision = evaluate(policy, query);
          const told = decision.reasons.map(({ message }) => message).join('; ');
          expect(decision.effect === 'allow' ? decision.impersonate.groups : 'deny', told).toEqual(one.want);
          expect(obligationsOf(decision)).toEqual(one.obligations ?? []);
          expect(explain(policy, query).decision).toEqual(decision);
          if (one.user !== undefined) expect(decision).toMatchObject({ impersonate: { user: one.user } });
          if (one.expiresAt !== undefined) {
            const expiresAt = decision.effect === 'allow' ? (decision.expiresAt ?? null) : undefined;
            expect(expiresAt).toEqual(one.expiresAt === null ? null : new Date(one.expiresAt));
          }
          if (one.limits !== undefined) {
            expect(decision.effect === 'allow' ? (decision.limits ?? {}) : undefined).toEqual(one.limits);
          }
          if (one.requestable !== undefined) {
            const asked = decision.effect === 'deny' ? decision.requestable.map(({ role }) => role) : undefined;
            expect(asked).toEqual(one.requestable);
          }
          if (one.says !== undefined) expect(told).toContain(one.says);
        });
      }
    }
  });
}
