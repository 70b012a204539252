import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KindName, kinds, operations } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { KIND_TOPICS } from '../command-loaders.ts';
import { checkDocuments } from '../documents/check-documents.ts';
import { parseDocuments } from '../documents/parse-documents.ts';
import { formatData } from '../output/format.ts';
import { createHome } from '../state/home.ts';
import { createFakeApi } from '../testing/fake-api.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type ApplyOptions, applyDocuments } from './apply.ts';
import { deleteResources } from './delete.ts';
import { diffResources } from './diff.ts';
import { editResource } from './edit.ts';
import { APPLIED_KINDS, describeUnknownKind, KIND_NAMES, kindOfWord, parseResourceNames } from './kind-words.ts';
import { newDocument } from './new-document.ts';
import { createResourceClient, listResources, operationOf } from './resource-client.ts';
import { viewOf } from './resource-views.ts';
import { isReadOnly, toDocument } from './to-document.ts';

const folder = temporaryFolder();
const documentsOf = (text: string, source = 'f.yaml') => {
  const { documents, problems } = checkDocuments(parseDocuments(text, source).documents);
  expect(problems).toEqual([]);
  return documents;
};
const project = (name: string, more = '') =>
  `---\napiVersion: sallyport.dev/v1\nkind: Project\nmetadata:\n  name: ${name}\nspec:\n  description: of ${name}\n${more}`;

describe('words for kinds', () => {
  for (const [word, kind] of [
    ['projects', 'Project'],
    ['project', 'Project'],
    ['Project', 'Project'],
    ['idp', 'IdentityProvider'],
    ['identity-providers', 'IdentityProvider'],
    ['sa', 'ServiceAccount'],
    ['WorkloadIdentity', 'WorkloadIdentity'],
    ['orgs', 'Organization'],
  ] as const) {
    it(`${word} is ${kind}`, () => expect(kindOfWord(word)).toBe(kind));
  }

  it('never stand for two kinds', () => {
    const words = KIND_NAMES.flatMap((kind) => [kinds[kind].collection, kind.toLowerCase(), ...kinds[kind].aliases]);
    for (const word of words) expect(() => kindOfWord(word)).not.toThrow();
    for (const kind of KIND_NAMES) {
      for (const word of [kinds[kind].collection, ...kinds[kind].aliases]) expect(kindOfWord(word)).toBe(kind);
    }
  });

  it('are guessed when they are misspelt', () => {
    expect(() => kindOfWord('rolez')).toThrow(expect.objectContaining({ nextStep: 'Did you mean "roles"?' }));
    expect(() => kindOfWord('toString')).toThrow(expect.objectContaining({ code: 'ERR_CLI_USAGE' }));
    expect(describeUnknownKind('sallyport.dev/v2', 'Project')).toContain('"sallyport.dev/v2"');
    expect(describeUnknownKind('sallyport.dev/v1', 'Rolle')).toBe('there is no kind "Rolle"; did you mean "Role"?');
  });

  it('name resources in both forms, also names that hold slashes', () => {
    expect(parseResourceNames(['role', 'a', 'b']).names).toEqual([
      { kind: 'Role', name: 'a' },
      { kind: 'Role', name: 'b' },
    ]);
    expect(parseResourceNames(['role/a', 'group/x/y']).names).toEqual([
      { kind: 'Role', name: 'a' },
      { kind: 'Group', name: 'x/y' },
    ]);
    expect(parseResourceNames(['group', 'x/y']).names).toEqual([{ kind: 'Group', name: 'x/y' }]);
    expect(parseResourceNames(['roles,groups']).kinds).toEqual(['Role', 'Group']);
    for (const words of [['roles,groups', 'a'], ['role/a', 'b'], ['role/']]) {
      expect(() => parseResourceNames(words), words.join(' ')).toThrow(
        expect.objectContaining({ code: 'ERR_CLI_USAGE' }),
      );
    }
  });

  it('have a topic of their own, but for the one installation', () => {
    const topics = KIND_NAMES.filter((kind) => kind !== 'Installation').map((kind) => [kinds[kind].collection, kind]);
    expect(Object.entries(KIND_TOPICS).sort()).toEqual(topics.sort());
  });
});

describe('the operations of a kind', () => {
  it('are found in the contract for every kind and verb', () => {
    for (const kind of KIND_NAMES) {
      for (const verb of ['list', 'get', 'create', 'update', 'delete'] as const) {
        const name = operationOf(kind, verb);
        const isMissing = kind === 'Installation' && verb !== 'get' && verb !== 'update';
        expect(name === undefined, `${verb} ${kind}`).toBe(isMissing);
        if (name !== undefined) expect(operations[name].summary).not.toBe('');
      }
    }
    expect(operationOf('ServiceAccount', 'update')).toBe('updateServiceAccount');
    expect(operationOf('Organization', 'delete')).toBe('deleteOrganization');
  });

  it('read all pages of a listing', async () => {
    const fake = createFakeApi();
    for (let n = 0; n < 1_203; n++) fake.put('Project', `p${String(n).padStart(4, '0')}`);
    const client = createResourceClient(fake.api, 'acme');
    expect(await listResources(client, 'Project')).toHaveLength(1_203);
    expect(fake.calls).toHaveLength(3);
    await expect(client.delete('Installation', 'installation')).rejects.toMatchObject({ code: 'ERR_CLI_USAGE' });
  });

  it('are shown in a table for every kind', () => {
    const fake = createFakeApi();
    for (const kind of KIND_NAMES) {
      const resource = fake.put(kind, kind === 'Installation' ? 'installation' : 'one');
      const view = viewOf(kind);
      for (const { cell, header } of view.columns) expect(cell(resource), `${kind} ${header}`).not.toBe('');
      expect(view.name(resource)).toBe(resource.metadata.name);
    }
  });
});

describe('applyDocuments', () => {
  const options: ApplyOptions = { organization: 'acme', isDryRun: false, isPruning: false };

  it('makes and changes everything at once, and says what became of each', async () => {
    const fake = createFakeApi();
    fake.put('Project', 'b');
    const documents = documentsOf(project('a') + project('b'));
    const { isApplied, results, problems } = await applyDocuments(fake.api, documents, options);
    expect({ isApplied, problems }).toEqual({ isApplied: true, problems: [] });
    expect(results).toEqual([
      { kind: 'Project', name: 'a', action: 'created', source: 'f.yaml', line: 2 },
      { kind: 'Project', name: 'b', action: 'updated', source: 'f.yaml', line: 9 },
    ]);
    expect(fake.calls).toEqual(['applyResources']);
    const again = await applyDocuments(fake.api, documents, options);
    expect(again.results.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
  });

  it('leaves nothing half done when one of 2,000 is refused, and tells its file and line', async () => {
    const fake = createFakeApi();
    const text = Array.from({ length: 2_000 }, (_, n) => project(`p${n}`)).join('');
    const documents = documentsOf(text, 'all.yaml');
    fake.refuse('Project', 'p1234', 'spec.description');
    const { isApplied, problems } = await applyDocuments(fake.api, documents, options);
    expect(isApplied).toBe(false);
    expect(fake.resources.size).toBe(0);
    expect(problems).toEqual([
      {
        source: 'all.yaml',
        line: text.split('\n').indexOf('  description: of p1234') + 1,
        message: 'project/p1234: no good (ERR_API_REQUEST_INVALID)',
      },
    ]);
  });

  it('passes the version of a document on, so that a change in between is refused', async () => {
    const fake = createFakeApi();
    const seen = fake.put('Project', 'a');
    fake.put('Project', 'a', { spec: { description: 'meanwhile' } });
    const text = await formatData('yaml', toDocument(seen, { hasVersion: true }));
    const { isApplied, problems } = await applyDocuments(fake.api, documentsOf(text), options);
    expect(isApplied).toBe(false);
    expect(problems[0]?.message).toContain('somebody else changed it (ERR_API_CONFLICT)');
  });

  it('prunes what the set made before, and nothing else', async () => {
    const fake = createFakeApi();
    fake.put('Project', 'other');
    const apply = (text: string, isPruning: boolean) =>
      applyDocuments(fake.api, documentsOf(text), { ...options, set: 'team', isPruning });
    await apply(project('a') + project('b'), false);
    expect(fake.resources.get('Project a')?.metadata.labels).toEqual({ 'sallyport.dev/apply-set': 'team' });
    const { results } = await apply(project('a'), true);
    expect(results.map(({ name, action }) => `${name} ${action}`)).toEqual(['a unchanged', 'b deleted']);
    expect([...fake.resources.keys()].sort()).toEqual(['Project a', 'Project other']);
  });

  it('refuses what stands above the organization, and more than one application takes', async () => {
    const fake = createFakeApi();
    const organization = 'apiVersion: sallyport.dev/v1\nkind: Organization\nmetadata: {name: acme}\nspec: {}\n';
    const { problems } = await applyDocuments(fake.api, documentsOf(organization), options);
    expect(problems).toEqual([{ source: 'f.yaml', line: 1, message: expect.stringContaining('stands above') }]);
    const [document] = documentsOf(project('a'));
    const many = Array.from({ length: 5_001 }, () => document as NonNullable<typeof document>);
    await expect(applyDocuments(fake.api, many, options)).rejects.toThrow(
      'there are 5001 resources, one application takes 5000',
    );
    expect(fake.calls).toEqual([]);
  });
});

describe('an export', () => {
  it('applies again without a change, for every kind', async () => {
    const fake = createFakeApi();
    for (const kind of APPLIED_KINDS) fake.put(kind, 'one', { labels: { team: 'x' } });
    const client = createResourceClient(fake.api, 'acme');
    let text = '';
    for (const kind of APPLIED_KINDS) {
      for (const resource of await listResources(client, kind))
        text += `---\n${await formatData('yaml', toDocument(resource))}`;
    }
    expect(text).not.toContain('resourceVersion');
    expect(text).not.toContain('status');
    const { results } = await applyDocuments(fake.api, documentsOf(text), {
      organization: 'acme',
      isDryRun: true,
      isPruning: false,
    });
    expect(results.map(({ kind, action }) => `${kind} ${action}`)).toEqual(
      APPLIED_KINDS.map((it) => `${it} unchanged`),
    );
  });

  it('leaves out what comes with Sallyport or its configuration', () => {
    const fake = createFakeApi();
    const role = fake.put('Role', 'viewer');
    const provider = fake.put('IdentityProvider', 'corp');
    expect([role, provider].map(isReadOnly)).toEqual([false, false]);
    expect(isReadOnly({ ...role, status: { isBuiltIn: true, bindingCount: 0 } } as typeof role)).toBe(true);
    expect(
      isReadOnly({ ...provider, status: { ...provider.status, isFromConfiguration: true } } as typeof provider),
    ).toBe(true);
  });
});

describe('diffResources', () => {
  it('shows what an application would change, resource by resource, and nothing that stays', async () => {
    const fake = createFakeApi();
    const client = createResourceClient(fake.api, 'acme');
    const labels = { 'sallyport.dev/apply-set': 'team' };
    fake.put('Project', 'a', { spec: { description: 'old' } });
    fake.put('Project', 'same', { spec: { description: 'of same' }, labels });
    fake.put('Project', 'gone', { labels });
    const documents = documentsOf(project('a') + project('new') + project('same'));
    const { results } = await applyDocuments(fake.api, documents, {
      organization: 'acme',
      isDryRun: true,
      isPruning: true,
      set: 'team',
    });
    const diffs = await diffResources(client, documents, results);
    expect(diffs).toHaveLength(3);
    expect(diffs[0]).toBe(
      [
        '--- live/project/a',
        '+++ f.yaml:2 project/a',
        '@@ -3,4 +3,4 @@',
        ' metadata:',
        '   name: a',
        ' spec:',
        '-  description: old',
        '+  description: of a',
        '',
      ].join('\n'),
    );
    expect(diffs[1]).toMatch(/^--- \/dev\/null\n\+\+\+ f\.yaml:9 project\/new\n@@ -0,0 \+1,6 @@\n\+apiVersion/);
    expect(diffs[2]).toMatch(/^--- live\/project\/gone\n\+\+\+ \/dev\/null\n/);
    expect(fake.resources.size).toBe(3);
  });
});

describe('deleteResources', () => {
  it('deletes what refers to others first, goes on behind a failure, and knows what was gone', async () => {
    const fake = createFakeApi();
    const client = createResourceClient(fake.api, 'acme');
    for (const kind of ['Project', 'Role', 'Binding'] as const) fake.put(kind, 'x');
    const results = await deleteResources(client, [
      { kind: 'Project', name: 'x' },
      { kind: 'Role', name: 'x', resourceVersion: '99' },
      { kind: 'Binding', name: 'x' },
      { kind: 'Group', name: 'nonesuch' },
    ]);
    expect(results.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'Binding deleted',
      'Role failed',
      'Group missing',
      'Project deleted',
    ]);
    expect(results[1]?.problem?.code).toBe('ERR_API_PRECONDITION');
    expect([...fake.resources.keys()]).toEqual(['Role x']);
  });
});

describe('newDocument', () => {
  const make = (kind: KindName, ...fields: string[]) => newDocument({ kind, name: 'x', labels: ['a=b'], fields });

  it('reads values as YAML and nests by dots', () => {
    expect(make('Project', 'description=Card: payments', 'settings.credentialLifetime=5m').spec).toEqual({
      description: 'Card: payments',
      settings: { credentialLifetime: '5m' },
    });
    expect(make('Group', 'users=[jo, ada]').spec).toEqual({ users: ['jo', 'ada'] });
    expect(make('ServiceAccount', 'disabled=true').metadata).toEqual({ name: 'x', labels: { a: 'b' } });
  });

  for (const [fields, message] of [
    [['nonesuch=1'], /project\/x: spec has no field "nonesuch"/],
    [['description'], /holds no "="/],
    [['description=[a'], /is no YAML/],
    [['description=a', 'description.b=c'], /another value/],
    [['__proto__.polluted=true'], /has no field "__proto__"/],
  ] as const) {
    it(`refuses --spec ${fields.join(' --spec ')}`, () => {
      expect(() => make('Project', ...fields)).toThrow(
        expect.objectContaining({ code: 'ERR_CLI_USAGE', message: expect.stringMatching(message) }),
      );
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
  }
});

describe('editResource', () => {
  let count = 0;
  function anEditor(change: (text: string, fake: ReturnType<typeof createFakeApi>) => string, exitCode = 0) {
    const fake = createFakeApi();
    fake.put('Project', 'a', { spec: { description: 'old' } });
    const home = createHome(join(folder, `home-${count++}`));
    const opened: string[] = [];
    const context = {
      env: { EDITOR: 'ed --wait' },
      platform: process.platform,
      openEditor: async (editor: string, file: string) => {
        opened.push(editor);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        writeFileSync(file, change(readFileSync(file, 'utf8'), fake));
        return exitCode;
      },
    };
    const edit = () =>
      editResource(
        { kind: 'Project', name: 'a' },
        { context, home, resources: createResourceClient(fake.api, 'acme') },
      );
    const left = () =>
      readdirSync(join(home.folder, 'edits')).map((name) => readFileSync(join(home.folder, 'edits', name), 'utf8'));
    return { fake, edit, left, opened, spec: () => fake.resources.get('Project a')?.spec };
  }

  it('changes the resource as the text says, and leaves no file', async () => {
    const { edit, left, opened, spec } = anEditor((text) => text.replace('old', 'new'));
    expect((await edit())?.spec).toEqual({ description: 'new' });
    expect(spec()).toEqual({ description: 'new' });
    expect(left()).toEqual([]);
    expect(opened).toEqual(['ed --wait']);
  });

  it('changes nothing when the text was left as it was', async () => {
    const { edit, left, fake } = anEditor((text) => text);
    expect(await edit()).toBeUndefined();
    expect(left()).toEqual([]);
    expect(fake.calls).toEqual(['getProject']);
  });

  for (const [name, change, message] of [
    ['is no document', (text: string) => text.replace('spec:', 'spec: {'), /can't be taken/],
    [
      'breaks the contract',
      (text: string) => text.replace('description', 'descripton'),
      /:8: project\/a: spec has no field/,
    ],
    [
      'is of another kind',
      (text: string) => text.replace('Project', 'Role').replace('  description: old', '  permissions: []'),
      /kind was changed/,
    ],
    ['is empty', () => '', /0 documents, one is wanted/],
  ] as const) {
    it(`keeps a text that ${name}`, async () => {
      const { edit, left, spec } = anEditor(change);
      await expect(edit()).rejects.toMatchObject({
        code: 'ERR_CLI_EDIT',
        message: expect.stringMatching(message),
        nextStep: expect.stringContaining('sallyport apply -f'),
      });
      expect(left()).toHaveLength(1);
      expect(spec()).toEqual({ description: 'old' });
    });
  }

  it('keeps the text when somebody else changed the resource meanwhile', async () => {
    const { edit, left, spec } = anEditor((text, fake) => {
      fake.put('Project', 'a', { spec: { description: 'theirs' } });
      return text.replace('old', 'mine');
    });
    await expect(edit()).rejects.toMatchObject({
      code: 'ERR_CLI_EDIT',
      message: expect.stringContaining('ERR_API_PRECONDITION'),
      nextStep: expect.stringContaining('Edit it again'),
    });
    expect(left()[0]).toContain('mine');
    expect(spec()).toEqual({ description: 'theirs' });
  });

  it('keeps the text when the editor failed', async () => {
    const { edit, left, spec } = anEditor((text) => text.replace('old', 'new'), 3);
    await expect(edit()).rejects.toMatchObject({ message: expect.stringContaining('exit code 3') });
    expect(left()).toHaveLength(1);
    expect(spec()).toEqual({ description: 'old' });
  });
});
