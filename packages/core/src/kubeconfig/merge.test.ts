import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listOwnedContexts, mergeKubeconfig, removeFromKubeconfig, selectContext } from './merge.ts';
import { formatKubeconfig, type KubeconfigOptions, mintKubeconfig } from './mint.ts';

const aMint = (changes: Partial<KubeconfigOptions> = {}) =>
  mintKubeconfig({
    server: 'https://sallyport.test',
    organization: 'acme',
    clusters: [{ name: 'prod', server: 'https://sallyport.test/k/acme/prod', caPem: 'PEM' }],
    command: '/home/ada/.sallyport/bin/credential',
    ...changes,
  });

const FOREIGN = `# my clusters — hands off
apiVersion: v1
clusters:
# the old one
- cluster:
    certificate-authority-data:   "Zm9v"   # odd spacing
    server: 'https://old.test:6443'
  name: old

- {name: flow, cluster: {server: "https://flow.test"}}
# after the clusters
contexts:
    - context:
        cluster: old
        user: ada
        namespace: team-a
      name: old
current-context:   old
kind: Config
preferences: {}
users:
- name: ada
  user:
    token: "0123"
# the end
`;

/** What is left of `text` when the lines that a merge added are taken out again. */
function withoutAddedLines(before: string, after: string): string {
  const expected = before.split('\n');
  let at = 0;
  const kept: string[] = [];
  for (const line of after.split('\n')) {
    if (at < expected.length && line === expected[at]) {
      kept.push(line);
      at++;
    }
  }
  return kept.join('\n');
}

describe('mergeKubeconfig', () => {
  it('writes a whole file where there was none', () => {
    for (const nothing of ['', '\n', '---\n']) {
      const text = mergeKubeconfig(nothing, aMint({ currentCluster: 'prod' }));
      expect(parse(text)).toEqual({ ...aMint({ currentCluster: 'prod' }) });
    }
  });

  it('keeps every foreign line, comment and blank where it was', () => {
    const merged = mergeKubeconfig(FOREIGN, aMint());
    expect(withoutAddedLines(FOREIGN, merged)).toBe(FOREIGN);
    const [before, after] = [parse(FOREIGN), parse(merged)];
    expect(after.clusters).toEqual([...before.clusters, ...aMint().clusters]);
    expect(after.users).toEqual([...before.users, ...aMint().users]);
    expect(after.contexts).toEqual([...before.contexts, ...aMint().contexts]);
    expect(after['current-context']).toBe('old');
  });

  it('gives the text back byte for byte once what it added is removed', () => {
    for (const text of [FOREIGN, FOREIGN.replaceAll('\n', '\r\n'), FOREIGN.trimEnd(), `---\n${FOREIGN}...\n`]) {
      const merged = mergeKubeconfig(text, aMint());
      expect(merged).not.toBe(text);
      const removed = removeFromKubeconfig(merged).text;
      expect(removed.trimEnd()).toBe(text.trimEnd());
    }
  });

  it('writes the line ends of the file', () => {
    const merged = mergeKubeconfig(FOREIGN.replaceAll('\n', '\r\n'), aMint());
    expect(merged.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('changes nothing when it is repeated', () => {
    const once = mergeKubeconfig(FOREIGN, aMint({ currentCluster: 'prod' }));
    expect(mergeKubeconfig(once, aMint({ currentCluster: 'prod' }))).toBe(once);
  });

  it('replaces its own entry in place, under the name and with the namespace it was given since', () => {
    const merged = mergeKubeconfig(FOREIGN, aMint())
      .replace('- name: sallyport/acme/prod\n      context:', '- name: production\n      context:')
      .replace(
        'context:\n        cluster: sallyport/acme/prod',
        'context:\n        namespace: team-b\n        cluster: sallyport/acme/prod',
      );
    expect(listOwnedContexts(merged)).toMatchObject([{ name: 'production', namespace: 'team-b' }]);
    const moved = aMint({
      clusters: [{ name: 'prod', server: 'https://new.test/k/acme/prod' }],
      currentCluster: 'prod',
    });
    const again = mergeKubeconfig(merged, moved);
    expect(
      withoutAddedLines(FOREIGN.replace('current-context:   old', 'current-context:   "production"'), again),
    ).toContain('# the end');
    const value = parse(again);
    expect(value.clusters[2].cluster).toEqual(moved.clusters[0]?.cluster);
    expect(value.contexts[1]).toMatchObject({ name: 'production', context: { namespace: 'team-b' } });
    expect(value['current-context']).toBe('production');
    expect(value.contexts).toHaveLength(2);
  });

  it('never takes a foreign entry for its own, whatever its name', () => {
    const foreign = FOREIGN.replaceAll('old', 'sallyport/acme/prod');
    const merged = parse(mergeKubeconfig(foreign, aMint({ currentCluster: 'prod' })));
    expect(merged.clusters[0]).toEqual(parse(foreign).clusters[0]);
    expect(merged.contexts.map((entry: { name: string }) => entry.name)).toEqual([
      'sallyport/acme/prod',
      'sallyport/acme/prod-2',
    ]);
    expect(merged.contexts[1].context).toMatchObject({ cluster: 'sallyport/acme/prod-2', user: 'sallyport/acme/prod' });
    expect(merged['current-context']).toBe('sallyport/acme/prod-2');
  });

  it('keeps clusters of several servers and organizations apart', () => {
    let text = FOREIGN;
    for (const [server, organization] of [
      ['https://a.test', 'acme'],
      ['https://b.test', 'acme'],
      ['https://a.test', 'other'],
    ] as const) {
      text = mergeKubeconfig(text, aMint({ server, organization }));
    }
    expect(listOwnedContexts(text).map(({ name, owner }) => [name, owner.server, owner.organization])).toEqual([
      ['sallyport/acme/prod', 'https://a.test', 'acme'],
      ['sallyport/acme/prod-2', 'https://b.test', 'acme'],
      ['sallyport/other/prod', 'https://a.test', 'other'],
    ]);
    const removed = removeFromKubeconfig(text, (owner) => owner.server === 'https://b.test');
    expect(removed.removedContexts).toEqual(['sallyport/acme/prod-2']);
    expect(listOwnedContexts(removed.text)).toHaveLength(2);
  });

  const shapes: [string, string][] = [
    [
      'lists that are empty',
      'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: ""\n',
    ],
    ['lists that are null', 'apiVersion: v1\nkind: Config\nclusters: null\ncontexts:\nusers: ~\n'],
    ['no lists', 'apiVersion: v1\nkind: Config\n'],
    ['JSON', JSON.stringify(parse(FOREIGN), undefined, 2)],
    ['JSON on one line', JSON.stringify(parse(FOREIGN))],
    ['an anchor on a list', FOREIGN.replace('clusters:\n', 'clusters: &all\n')],
    ['only comments', '# nothing yet\n'],
    ['an empty current context', FOREIGN.replace('current-context:   old', 'current-context:')],
    ['no current context', FOREIGN.replace('current-context:   old\n', '')],
  ];
  for (const [what, text] of shapes) {
    it(`merges into a file with ${what}`, () => {
      const before = parse(text) ?? {};
      const after = parse(mergeKubeconfig(text, aMint({ currentCluster: 'prod' })));
      for (const section of ['clusters', 'users', 'contexts'] as const) {
        expect(after[section]).toEqual([...(before[section] ?? []), ...aMint()[section]]);
      }
      expect(after['current-context']).toBe('sallyport/acme/prod');
    });
  }

  it('SEC-G06 escapes a hostile context name', () => {
    const contextName = 'x\n- name: evil\n  context: {cluster: a} # "\'$(id)';
    const cluster = { name: 'prod', server: 'https://sallyport.test/k/acme/prod', contextName };
    const merged = mergeKubeconfig(FOREIGN, aMint({ clusters: [cluster], currentCluster: 'prod' }));
    expect(listOwnedContexts(merged)).toMatchObject([{ name: contextName, isCurrent: true }]);
    expect(parse(merged).contexts).toHaveLength(2);
    expect(removeFromKubeconfig(merged).text).toBe(FOREIGN.replace('current-context:   old', 'current-context:   ""'));
  });

  const broken: [string, string][] = [
    ['no YAML', 'clusters: [\n'],
    ['two documents', `${FOREIGN}---\n${FOREIGN}`],
    ['a list at the top', '- a\n'],
    ['text at the top', 'hello'],
    ['another kind', 'apiVersion: v1\nkind: Secret\n'],
    ['another version', 'apiVersion: v2\nkind: Config\n'],
    ['a key twice', 'clusters: []\nclusters: []\n'],
    ['clusters that are a mapping', 'clusters: {a: b}\n'],
    ['a current context that is a list', 'current-context: [a]\n'],
    ['nesting without end', `clusters: ${'['.repeat(50_000)}`],
    [
      'aliases that expand without end',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`,
    ],
    ['too many bytes', `# ${'x'.repeat(8 * 1024 * 1024)}\n`],
  ];
  for (const [what, text] of broken) {
    it(`refuses a file with ${what}`, () => {
      expect(() => mergeKubeconfig(text, aMint())).toThrow(
        expect.objectContaining({ code: 'ERR_KUBECONFIG_MALFORMED' }),
      );
    });
  }

  it('SEC-G08 never quotes the file in an error', () => {
    const text = 'users:\n- name: a\n  user: {token: canary-secret\n';
    expect(() => mergeKubeconfig(text, aMint())).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  });

  it('SEC-G05 takes what a hostile kubeconfig names for data and leaves it as it is', () => {
    const hostile = `apiVersion: v1
kind: Config
clusters:
- name: evil
  cluster: {server: "http://169.254.169.254/", insecure-skip-tls-verify: true, proxy-url: "http://127.0.0.1:1", certificate-authority: /etc/shadow}
users:
- name: evil
  user:
    exec: {apiVersion: v1, command: /bin/false, args: ["$(touch /tmp/pwned)"]}
    tokenFile: /etc/shadow
contexts:
- name: evil
  context: {cluster: evil, user: evil}
  tag: !!js/function "function(){ throw 1 }"
`;
    expect(removeFromKubeconfig(mergeKubeconfig(hostile, aMint())).text).toBe(hostile);
  });
});

describe('removeFromKubeconfig', () => {
  it('takes our entries whatever their name, and the current context with them', () => {
    const merged = mergeKubeconfig(FOREIGN, aMint({ currentCluster: 'prod' })).replaceAll(
      'sallyport/acme/prod',
      'renamed',
    );
    const removal = removeFromKubeconfig(merged);
    expect(removal.removedContexts).toEqual(['renamed']);
    expect(removal.danglingContexts).toEqual([]);
    expect(removal.text).toBe(FOREIGN.replace('current-context:   old', 'current-context:   ""'));
  });

  it('names foreign contexts that lead nowhere afterwards, and leaves them', () => {
    const merged = mergeKubeconfig(FOREIGN, aMint()).replace(
      'contexts:\n',
      'contexts:\n    - name: mine\n      context: {cluster: sallyport/acme/prod, user: ada}\n',
    );
    const removal = removeFromKubeconfig(merged);
    expect(removal.danglingContexts).toEqual(['mine']);
    expect(parse(removal.text).contexts.map((entry: { name: string }) => entry.name)).toEqual(['mine', 'old']);
  });

  it('leaves lists that kubectl can read when ours were the only entries', () => {
    const only = formatKubeconfig(aMint({ currentCluster: 'prod' }));
    expect(parse(removeFromKubeconfig(only).text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [],
      users: [],
      contexts: [],
      'current-context': '',
    });
  });

  it('changes nothing in a file without entries of ours', () => {
    expect(removeFromKubeconfig(FOREIGN).text).toBe(FOREIGN);
  });
});

describe('selectContext', () => {
  it('changes the one word', () => {
    const merged = mergeKubeconfig(FOREIGN, aMint());
    expect(selectContext(merged, 'sallyport/acme/prod')).toBe(
      merged.replace('current-context:   old', 'current-context:   "sallyport/acme/prod"'),
    );
  });

  it('refuses a context that is not there', () => {
    expect(() => selectContext(FOREIGN, 'none')).toThrow(expect.objectContaining({ code: 'ERR_KUBECONFIG_CONTEXT' }));
  });
});
