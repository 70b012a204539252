import type { AccessSettings, RequestAttributes } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { evaluate } from './evaluate.ts';
import type { RequestOrigin } from './query.ts';
import { type EffectiveSettings, type LevelSettings, resolveSettings } from './settings.ts';
import { aBinding, anAccessQuery, aPrincipal, aResourceRequest, aRole } from './testing/fixtures.ts';

const level = (name: LevelSettings['level'], settings: AccessSettings): LevelSettings => ({
  level: name,
  name: 'x',
  settings,
});

describe('resolveSettings', () => {
  it('takes the shortest lifetime and says who set it', () => {
    const levels = [
      level('organization', { credentialLifetimeMs: 600_000 }),
      level('project', { credentialLifetimeMs: 300_000 }),
      level('user', { credentialLifetimeMs: 300_000 }),
    ];
    expect(resolveSettings(levels)).toEqual({
      credentialLifetimeMs: {
        value: 300_000,
        from: [
          { level: 'project', name: 'x' },
          { level: 'user', name: 'x' },
        ],
      },
    });
  });

  it('adds prohibitions up, and lets no level lift one', () => {
    const levels = [level('organization', { disableCliKubectl: true }), level('user', { disableCliKubectl: false })];
    expect(resolveSettings(levels)).toEqual({
      disableCliKubectl: { value: true, from: [{ level: 'organization', name: 'x' }] },
    });
  });

  it('intersects address ranges, of which an empty list is the strictest', () => {
    const levels = [level('organization', { ipRanges: ['192.0.2.0/24'] }), level('cluster', { ipRanges: [] })];
    expect(resolveSettings(levels).ipRanges?.value).toEqual([['192.0.2.0/24'], []]);
  });

  it('keeps the most of changes that any level asks for, and says who asked', () => {
    const levels = [
      level('organization', { auditChanges: 'off' }),
      level('project', { auditChanges: 'patchAndBody' }),
      level('cluster', { auditChanges: 'patch' }),
    ];
    const from = [{ level: 'project', name: 'x' }];
    expect(resolveSettings(levels)).toEqual({ auditChanges: { value: 'patchAndBody', from } });
    expect(resolveSettings(levels.slice(0, 1)).auditChanges?.value).toBe('off');
  });

  it('restricts nothing where no level sets anything', () => {
    expect(resolveSettings([level('organization', {}), level('user', {})])).toEqual({});
  });

  it('is only ever stricter with one more level', () => {
    const flag = fc.option(fc.boolean(), { nil: undefined });
    const settings = fc.record(
      {
        credentialLifetimeMs: fc.integer({ min: 1, max: 10 }),
        requireWebSession: flag,
        disableCliKubectl: flag,
        ipRanges: fc.array(fc.constantFrom('a', 'b')),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<AccessSettings>;
    const levels = fc.array(
      settings.map((one) => level('project', one)),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(levels, settings, (outer, inner) => {
        const [before, after] = [resolveSettings(outer), resolveSettings([...outer, level('user', inner)])];
        for (const name of Object.keys(before)) expect(after).toHaveProperty(name);
        if (before.credentialLifetimeMs !== undefined) {
          expect(after.credentialLifetimeMs?.value).toBeLessThanOrEqual(before.credentialLifetimeMs.value);
        }
        expect(after.ipRanges?.value ?? []).toEqual(expect.arrayContaining([...(before.ipRanges?.value ?? [])]));
      }),
    );
  });
});

describe('settings in a decision', () => {
  const policy = compilePolicy({ roles: [aRole()], bindings: [aBinding()] }, 1);
  const fromTerminal: RequestOrigin = {
    channel: 'kubectl',
    hasWebSession: false,
    address: '192.0.2.7',
    isAddressIn: (ranges) => ranges.includes('192.0.2.7'),
  };
  const effective = (settings: AccessSettings): EffectiveSettings => resolveSettings([level('cluster', settings)]);
  const ask = (settings: AccessSettings, rest: Parameters<typeof anAccessQuery>[0] = {}) =>
    evaluate(policy, anAccessQuery({ settings: effective(settings), origin: fromTerminal, ...rest }));

  const refusals: readonly {
    name: string;
    settings: AccessSettings;
    origin?: Partial<RequestOrigin>;
    attributes?: RequestAttributes;
    message?: string;
  }[] = [
    {
      name: 'kubectl outside the browser, where it is switched off',
      settings: { disableCliKubectl: true },
      message: 'kubectl outside the browser is switched off; use kubectl in the web UI (set by cluster x)',
    },
    {
      name: 'kubectl in the browser, where that is off',
      settings: { disableCliKubectl: true },
      origin: { channel: 'webKubectl' },
    },
    {
      name: 'kubectl in the browser, where it is switched off',
      settings: { disableWebKubectl: true },
      origin: { channel: 'webKubectl' },
      message: 'kubectl in the browser is switched off (set by cluster x)',
    },
    { name: 'kubectl outside the browser, where that is off', settings: { disableWebKubectl: true } },
    {
      name: 'pages of the web UI, where kubectl in the browser is off',
      settings: { disableWebKubectl: true },
      origin: { channel: 'web' },
    },
    ...[{ subresource: 'exec' }, { subresource: 'attach' }, { resource: 'nodes', subresource: 'proxy' }].map(
      (shell) => ({
        name: `shells in the browser, where that is switched off: ${Object.values(shell).join('/')}`,
        settings: { disableWebKubectl: true },
        origin: { channel: 'web' as const },
        attributes: aResourceRequest(shell),
        message: 'shells in the browser are switched off (set by cluster x)',
      }),
    ),
    {
      name: 'kubectl without a web session, where one is needed',
      settings: { requireWebSession: true },
      message: 'kubectl works only while you are signed in to the web UI; sign in there (set by cluster x)',
    },
    { name: 'kubectl with a web session', settings: { requireWebSession: true }, origin: { hasWebSession: true } },
    {
      name: 'an address outside the ranges',
      settings: { ipRanges: ['198.51.100.1'] },
      message: 'requests from 192.0.2.7 are not allowed (set by cluster x)',
    },
    { name: 'an address inside the ranges', settings: { ipRanges: ['198.51.100.1', '192.0.2.7'] } },
    {
      name: 'any address, by an empty list',
      settings: { ipRanges: [] },
      message: 'requests from 192.0.2.7 are not allowed (set by cluster x)',
    },
  ];
  for (const { name, settings, origin, attributes, message } of refusals) {
    it(`${message === undefined ? 'allows' : 'denies'} ${name}`, () => {
      const decision = ask(settings, { origin: { ...fromTerminal, ...origin }, ...(attributes && { attributes }) });
      if (message === undefined) expect(decision.effect).toBe('allow');
      else expect(decision).toMatchObject({ effect: 'deny', reasons: [{ message, source: 'settings/cluster/x' }] });
    });
  }

  it('denies what a setting needs to know and nobody told', () => {
    for (const setting of ['disableCliKubectl', 'disableWebKubectl', 'requireWebSession'] as const) {
      const { origin: _, ...query } = anAccessQuery({ settings: effective({ [setting]: true }) });
      expect(evaluate(policy, query).effect).toBe('deny');
    }
    expect(evaluate(policy, anAccessQuery({ settings: effective({ ipRanges: ['192.0.2.7'] }) })).effect).toBe('deny');
  });

  it('asks a browser of people alone', () => {
    const principal = aPrincipal({ kind: 'serviceAccount' });
    expect(ask({ requireWebSession: true, disableCliKubectl: true }, { principal }).effect).toBe('allow');
    expect(ask({ ipRanges: [] }, { principal }).effect).toBe('deny');
  });

  describe('that keep Secrets for administrators', () => {
    const secrets = (verb: string) => aResourceRequest({ verb, resource: 'secrets' });
    it('denies reading them, also by what answers with the object', () => {
      for (const verb of ['get', 'list', 'watch', 'patch', 'delete', 'deletecollection']) {
        const decision = ask({ secretsForAdminsOnly: true }, { attributes: secrets(verb) });
        expect(decision.effect, verb).toBe('deny');
        expect(decision.reasons[0]?.message).toContain(
          'Secrets are read only under a role with the permission secrets.read',
        );
      }
    });

    it('leaves creating and replacing them, and everything else, alone', () => {
      for (const attributes of [secrets('create'), secrets('update'), aResourceRequest()]) {
        expect(ask({ secretsForAdminsOnly: true }, { attributes }).effect).toBe('allow');
      }
      const ofAGroup = aResourceRequest({ resource: 'secrets', apiGroup: 'vault.example.com' });
      expect(ask({ secretsForAdminsOnly: true }, { attributes: ofAGroup }).effect).toBe('allow');
    });

    it('acts only under the ceilings of roles that have the permission', () => {
      const reader = aRole({
        id: 'rol-reader' as never,
        name: 'reader',
        ceilingGroups: ['sallyport:admin'],
        permissions: ['secrets.read'],
      });
      const both = compilePolicy(
        { roles: [aRole(), reader], bindings: [aBinding(), aBinding({ id: 'bnd-2' as never, roleId: reader.id })] },
        1,
      );
      const query = anAccessQuery({ attributes: secrets('get'), settings: effective({ secretsForAdminsOnly: true }) });
      expect(evaluate(both, { ...query, origin: fromTerminal })).toMatchObject({
        effect: 'allow',
        impersonate: { groups: ['sallyport:admin'] },
      });
    });
  });

  it('demands that terminals are recorded, and nothing else', () => {
    const obligationsOf = (subresource: string) => {
      const decision = ask({ requireRecording: true }, { attributes: aResourceRequest({ subresource }) });
      return decision.effect === 'allow' ? decision.obligations : undefined;
    };
    expect(obligationsOf('exec')).toEqual([{ kind: 'record' }]);
    expect(obligationsOf('attach')).toEqual([{ kind: 'record' }]);
    expect(obligationsOf('portforward')).toEqual([]);
    expect(obligationsOf('log')).toEqual([]);
  });

  it('SEC-C09 demands it of what a node runs past all terminals, and not of what it measures', () => {
    const onNodes = compilePolicy({ roles: [aRole({ privileges: ['nodeProxy'] })], bindings: [aBinding()] }, 1);
    const obligationsOf = (remainder: string, more: { verb?: string; subresource?: string } = {}) => {
      const attributes = aResourceRequest({
        resource: 'nodes',
        namespace: '',
        subresource: 'proxy',
        remainder,
        ...more,
      });
      const settings = resolveSettings([level('cluster', { requireRecording: true })]);
      const decision = evaluate(onNodes, anAccessQuery({ attributes, settings }));
      return decision.effect === 'allow' ? decision.obligations : undefined;
    };
    for (const remainder of [
      '',
      'run/a/b/c',
      'exec/a/b/c',
      'cri/exec/t',
      '/run/a',
      'metrics/../run/a',
      'metrics//x/y',
      'RUN/a',
    ]) {
      expect([remainder, obligationsOf(remainder)]).toEqual([remainder, [{ kind: 'record' }]]);
    }
    expect(obligationsOf('metrics', { verb: 'proxy', subresource: '' })).toEqual([{ kind: 'record' }]);
    for (const remainder of [
      'metrics',
      'metrics/cadvisor',
      'logs/',
      'stats/summary',
      'containerLogs/a/b/c',
      'configz',
    ]) {
      expect([remainder, obligationsOf(remainder)]).toEqual([remainder, []]);
    }
  });
});

describe('a disabled principal', () => {
  it('is denied everything, and told so', () => {
    const policy = compilePolicy({ roles: [aRole()], bindings: [aBinding()] }, 1);
    expect(evaluate(policy, anAccessQuery({ principal: aPrincipal({ isDisabled: true }) }))).toMatchObject({
      effect: 'deny',
      reasons: [{ message: 'ann@example.com is disabled' }],
    });
  });
});
