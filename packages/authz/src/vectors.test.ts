import { readdirSync, readFileSync } from 'node:fs';
import type { Cluster, Principal, RequestAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicyDocuments } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import { aResourceRequest } from './testing/fixtures.ts';

interface VectorFile extends PolicyDocuments {
  readonly description: string;
  readonly principal: Principal;
  readonly cluster: Cluster;
  readonly cases: readonly {
    readonly name: string;
    readonly principal?: Partial<Principal>;
    readonly cluster?: Partial<Cluster>;
    readonly namespaceLabels?: Readonly<Record<string, string>>;
    readonly request: { readonly resource: string } | { readonly path: string };
    readonly want: 'deny' | readonly string[];
    readonly requestable?: readonly string[];
  }[];
}

function readAttributes(request: VectorFile['cases'][number]['request']): RequestAttributes {
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

const folder = new URL('../testdata/decisions/', import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as VectorFile;
  describe(`${file}: ${vectors.description}`, () => {
    const policy = compilePolicy(vectors, 1);
    for (const { name, request, want, requestable, namespaceLabels, ...overrides } of vectors.cases) {
      it(name, () => {
        const decision = evaluate(policy, {
          principal: { ...vectors.principal, ...overrides.principal },
          cluster: { ...vectors.cluster, ...overrides.cluster },
          attributes: readAttributes(request),
          at: new Date('2026-01-01T00:00:00Z'),
          ...(namespaceLabels && { namespaceLabels }),
        });
        expect(decision.effect === 'allow' ? decision.impersonate.groups : 'deny').toEqual(want);
        if (requestable !== undefined) expect(decision).toMatchObject({ requestable });
      });
    }
  });
}
