import {
  type AccessLimits,
  type BindingId,
  type LabelSelector,
  LOCAL_ISSUER,
  matchLabelSelector,
  type OrganizationId,
} from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy, type PolicyDocuments } from '../compile-policy.ts';
import { evaluate } from '../evaluate.ts';
import { explain } from '../explain.ts';
import { createPermissionIndex } from '../permission-index.ts';
import type { Binding, Role } from '../policy.ts';
import { contentQuestions } from '../privileges/content-questions.ts';
import type { AccessQuery, Decision, RequestContent, ViewPart } from '../query.ts';
import {
  aQuery,
  aRichQuery,
  HOME,
  NAMES,
  NAMESPACE_LABELS,
  NAMESPACES,
  PERMISSIONS,
  PLAIN_CONTENT,
  richBindings,
  richRoles,
  someBindings,
  somebody,
  someContent,
  somePolicies,
  someRoles,
  TARGETS,
} from './arbitraries.ts';
import { scan } from './scan.ts';

const groupsOf = (roles: readonly Role[], bindings: readonly Binding[], asked: AccessQuery) => {
  const decision = evaluate(compilePolicy({ roles, bindings }, 1), asked);
  return decision.effect === 'allow' ? decision.impersonate.groups : undefined;
};

const permissionsOf = (roles: readonly Role[], bindings: readonly Binding[], principal: AccessQuery['principal']) => {
  const index = createPermissionIndex(compilePolicy({ roles, bindings }, 1));
  return TARGETS.map((target) => [...index.permissionsOf(principal, target)].sort());
};

const richDocuments = fc.record({ roles: richRoles, bindings: richBindings, accessPolicies: somePolicies });

const has = (decision: Decision, kind: string) =>
  decision.effect === 'allow' && decision.obligations.some((one) => one.kind === kind);

/** Objects that a listing may meet. */
const OBJECTS = ['', ...NAMESPACES].flatMap((namespace) =>
  NAMES.flatMap((name) =>
    [{}, { team: 'web' }, { team: 'db' }].map((labels: Readonly<Record<string, string>>) => ({
      namespace,
      name,
      labels,
    })),
  ),
);

/** Whether an allow shows an object, as whoever filters has to read the obligation. */
function shows(decision: Decision, object: (typeof OBJECTS)[number]): boolean {
  if (decision.effect === 'deny') return false;
  const filter = decision.obligations.find((one) => one.kind === 'filter');
  return filter === undefined || filter.view.some((part) => admits(part, object));
}

function admits(part: ViewPart, { namespace, name, labels }: (typeof OBJECTS)[number]): boolean {
  const matches = (selector: LabelSelector, of: Readonly<Record<string, string>> | undefined) =>
    of !== undefined && matchLabelSelector(selector, of);
  const { namespaces } = part;
  if (namespaces?.kind === 'names' && !namespaces.names.includes(namespace)) return false;
  if (namespaces?.kind === 'selector' && !matches(namespaces.selector, NAMESPACE_LABELS[namespace])) return false;
  if (part.names !== undefined && !part.names.includes(name)) return false;
  if (part.labels !== undefined && !matches(part.labels, labels)) return false;
  return !part.exceptNamespaces?.includes(namespace) && !part.exceptNames?.includes(name);
}

/** What of a content the body of a request can say at all. */
function possibleContent({ attributes }: AccessQuery, content: RequestContent): RequestContent {
  const { privileges, creation, mayHoldMask } = contentQuestions(attributes);
  return {
    privileges: content.privileges.filter(({ privilege }) => privileges.includes(privilege)),
    mayCreate: content.mayCreate && creation !== undefined,
    holdsMask: content.holdsMask && mayHoldMask,
  };
}

/** Whether limits leave at least as much as others. */
function leavesAsMuch(limits: AccessLimits | undefined, than: AccessLimits | undefined): boolean {
  return (['requestsPerSecond', 'concurrentStreams'] as const).every((name) => {
    const [one, other] = [limits?.[name], than?.[name]];
    return one === undefined || (other !== undefined && one >= other);
  });
}

describe('any policy and any query', () => {
  it('decides as a scan of all bindings does', () => {
    let allowed = 0;
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, asked) => {
        const want = scan(roles, bindings, asked);
        if (want !== undefined) allowed += 1;
        expect(groupsOf(roles, bindings, asked)).toEqual(want);
      }),
      { numRuns: 3_000 },
    );
    // Otherwise the property would hold by denying everything.
    expect(allowed).toBeGreaterThan(40);
  });

  it('never allows without a binding that selects the principal', () => {
    let allowed = 0;
    fc.assert(
      fc.property(richDocuments, aRichQuery, (documents, asked) => {
        const { id, issuer, groups, localGroups = [] } = asked.principal;
        if (evaluate(compilePolicy(documents, 1), asked).effect === 'allow') allowed += 1;
        const others = documents.bindings.map((binding) => ({
          ...binding,
          subjects: binding.subjects.filter((subject) => {
            if (subject.kind === 'principal') return subject.id !== id;
            const named = subject.issuer === LOCAL_ISSUER ? localGroups : subject.issuer === issuer ? groups : [];
            return !named.includes(subject.name);
          }),
        }));
        expect(evaluate(compilePolicy({ ...documents, bindings: others }, 1), asked).effect).toBe('deny');
        expect(permissionsOf(documents.roles, others, asked.principal).flat()).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    expect(allowed).toBeGreaterThan(30);
  });

  it('decides alike, reasons included, whatever the order of its documents', () => {
    const shuffled = richDocuments.chain(({ roles, bindings, accessPolicies }) =>
      fc.tuple(
        fc.constant({ roles, bindings, accessPolicies }),
        fc.record({
          roles: fc.shuffledSubarray(roles, { minLength: roles.length }),
          bindings: fc.shuffledSubarray(bindings, { minLength: bindings.length }),
          accessPolicies: fc.shuffledSubarray(accessPolicies, { minLength: accessPolicies.length }),
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, aRichQuery, ([documents, reordered], asked) => {
        expect(evaluate(compilePolicy(reordered, 1), asked)).toEqual(evaluate(compilePolicy(documents, 1), asked));
        expect(permissionsOf(reordered.roles, reordered.bindings, asked.principal)).toEqual(
          permissionsOf(documents.roles, documents.bindings, asked.principal),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is explained as it is decided', () => {
    fc.assert(
      fc.property(
        richDocuments,
        aRichQuery,
        fc.option(someContent, { nil: undefined }),
        (documents, asked, content) => {
          const policy = compilePolicy(documents, 1);
          const full = { ...asked, ...(content && { content }) };
          const { decision, steps } = explain(policy, full);
          expect(decision).toEqual(evaluate(policy, full));
          const allowing = steps.flatMap(({ bindings }) => bindings).filter(({ outcome }) => outcome === 'allows');
          if (decision.effect === 'allow') expect(allowing).not.toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is decided alike whatever was decided before', () => {
    // Whatever is remembered is asked for again in every place, known to the documents or not.
    const places = ['', ...NAMESPACES, 'elsewhere'].flatMap((namespace) =>
      ['', ...NAMES, 'other'].map((name) => ({ namespace, name })),
    );
    const contents = fc.option(someContent, { nil: undefined });
    let allowed = 0;
    fc.assert(
      fc.property(richDocuments, aRichQuery, contents, (documents, asked, content) => {
        const policy = compilePolicy(documents, 1);
        for (const place of places) {
          const query = { ...asked, attributes: { ...asked.attributes, ...place }, ...(content && { content }) };
          const decision = evaluate(policy, query);
          expect(decision).toEqual(evaluate(compilePolicy(documents, 1), query));
          if (decision.effect === 'allow') allowed += 1;
        }
      }),
      { numRuns: 400 },
    );
    expect(allowed).toBeGreaterThan(40);
  });

  it('never takes anything away when a binding is added', () => {
    let compared = 0;
    fc.assert(
      fc.property(richDocuments, richBindings, aRichQuery, someContent, (documents, more, asked, content) => {
        const { roles, bindings } = documents;
        const all = [...bindings, ...more.map((binding) => ({ ...binding, id: `${binding.id}-more` as BindingId }))];
        // What was not read yet is a question, which one more binding may well raise; so the body is known here.
        const full = { ...asked, content: possibleContent(asked, content) };
        const before = evaluate(compilePolicy(documents, 1), full);
        const after = evaluate(compilePolicy({ ...documents, bindings: all }, 1), full);
        if (before.effect === 'allow') {
          compared += 1;
          if (after.effect === 'deny') throw new Error(after.reasons[0]?.message);
          expect(leavesAsMuch(after.limits, before.limits)).toBe(true);
          expect(has(after, 'record')).toBe(has(before, 'record'));
          if (!has(before, 'filter')) {
            expect(has(after, 'filter')).toBe(false);
            if (!has(before, 'maskSecrets')) expect(has(after, 'maskSecrets')).toBe(false);
          }
        }
        const held = permissionsOf(roles, all, asked.principal);
        for (const [i, permissions] of permissionsOf(roles, bindings, asked.principal).entries()) {
          expect(held[i]).toEqual(expect.arrayContaining(permissions));
        }
      }),
      { numRuns: 1_000 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it('never allows more when a policy is added', () => {
    let denied = 0;
    fc.assert(
      fc.property(richDocuments, somePolicies, aRichQuery, someContent, (documents, more, asked, content) => {
        const added = more.map((policy) => ({ ...policy, id: `${policy.id}-more` as typeof policy.id }));
        const stricter = { ...documents, accessPolicies: [...documents.accessPolicies, ...added] };
        for (const full of [asked, { ...asked, content }]) {
          const before = evaluate(compilePolicy(documents, 1), full);
          const after = evaluate(compilePolicy(stricter, 1), full);
          if (before.effect === 'allow' && after.effect === 'deny') denied += 1;
          if (before.effect === 'deny') expect(after.effect).toBe('deny');
          if (after.effect === 'deny' || before.effect === 'deny') continue;
          expect(leavesAsMuch(before.limits, after.limits)).toBe(true);
          for (const kind of ['record', 'maskSecrets', 'inspect']) {
            if (has(before, kind)) expect(has(after, kind)).toBe(true);
          }
          for (const object of OBJECTS) if (shows(after, object)) expect(shows(before, object)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(denied).toBeGreaterThan(30);
  });

  it('asks for the body where the body matters, and only there', () => {
    const seen = { asked: 0, unasked: 0 };
    fc.assert(
      fc.property(richDocuments, aRichQuery, someContent, (documents, asked, content) => {
        const policy = compilePolicy(documents, 1);
        const first = evaluate(policy, asked);
        if (first.effect === 'deny') {
          expect(evaluate(policy, { ...asked, content }).effect).toBe('deny');
          return;
        }
        const plain = evaluate(policy, { ...asked, content: PLAIN_CONTENT });
        if (has(first, 'inspect')) {
          seen.asked += 1;
          const { effect, impersonate, limits } = first;
          const obligations = first.obligations.filter(({ kind }) => kind !== 'inspect');
          expect(plain).toMatchObject({ effect, impersonate, obligations, ...(limits && { limits }) });
          return;
        }
        seen.unasked += 1;
        expect(evaluate(policy, { ...asked, content: possibleContent(asked, content) }).effect).toBe('allow');
      }),
      { numRuns: 1_500 },
    );
    expect(seen.asked).toBeGreaterThan(20);
    expect(seen.unasked).toBeGreaterThan(50);
  });

  it('shows of all namespaces what it shows of each', () => {
    let shown = 0;
    fc.assert(
      fc.property(richDocuments, aRichQuery, fc.constantFrom('list', 'watch'), (documents, asked, verb) => {
        if (asked.attributes.kind !== 'resource') return;
        const attributes = {
          ...asked.attributes,
          verb,
          subresource: '',
          namespace: '',
          name: '',
          resource: 'pods',
          apiGroup: '',
        };
        const policy = compilePolicy(documents, 1);
        const { namespaceLabels: _, ...everywhere } = asked;
        const all = evaluate(policy, { ...everywhere, attributes });
        if (!has(all, 'filter')) return;
        for (const object of OBJECTS) {
          if (object.namespace === '' || !shows(all, object)) continue;
          shown += 1;
          const { namespace, name } = object;
          const labels = NAMESPACE_LABELS[namespace];
          const one = {
            ...asked,
            attributes: { ...attributes, namespace, name },
            ...(labels && { namespaceLabels: labels }),
          };
          if (!shows(evaluate(policy, one), object)) throw new Error(`${namespace}/${name} is shown in the list alone`);
        }
      }),
      { numRuns: 1_500 },
    );
    expect(shown).toBeGreaterThan(50);
  });

  it('SEC-E10 decides in one organization as if there were no other', () => {
    fc.assert(
      fc.property(someRoles, someBindings, aQuery, (roles, bindings, asked) => {
        const isOwn = (document: { readonly organizationId: OrganizationId }) =>
          document.organizationId === asked.principal.organizationId;
        const own: PolicyDocuments = { roles: roles.filter(isOwn), bindings: bindings.filter(isOwn) };
        const alone = evaluate(compilePolicy(own, 1), asked);
        expect(evaluate(compilePolicy({ roles, bindings }, 1), asked)).toEqual(alone);
        if (!isOwn(asked.cluster)) expect(alone.effect).toBe('deny');
      }),
    );
  });

  it('lists what it permits and nothing else', () => {
    fc.assert(
      fc.property(someRoles, someBindings, somebody, (roles, bindings, principal) => {
        const index = createPermissionIndex(compilePolicy({ roles, bindings }, 1));
        for (const permission of PERMISSIONS) {
          const visible = index.visible(principal, permission);
          for (const target of TARGETS) {
            const isPermitted = index.permits(principal, permission, target);
            expect(index.permissionsOf(principal, target).has(permission)).toBe(isPermitted);
            if (target.kind === 'installation' || principal.organizationId !== HOME) continue;
            const isVisible =
              visible === 'all' ||
              (target.kind === 'project' && visible.projectIds.has(target.projectId)) ||
              (target.kind === 'cluster' && visible.includesCluster(target.cluster));
            expect(isVisible).toBe(isPermitted);
          }
        }
      }),
    );
  });
});
