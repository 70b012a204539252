import { describe, expect, it } from 'vitest';
import { holdsMask, maskSecrets, revealsHidden, SECRET_MASK } from './mask.ts';

const APPLIED = (value: string) => `${JSON.stringify({ kind: 'Secret', data: { password: value } })}\n`;
const aSecret = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: {
    name: 'db',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': APPLIED('c2VjcmV0'), team: 'a' },
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:data': {} } }],
  },
  type: 'Opaque',
  data: { password: 'c2VjcmV0', user: 'YQ==' },
  stringData: { token: 'secret' },
};
const masked = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: {
    name: 'db',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': APPLIED(SECRET_MASK), team: 'a' },
  },
  type: 'Opaque',
  data: { password: SECRET_MASK, user: SECRET_MASK },
  stringData: { token: SECRET_MASK },
};

describe('maskSecrets', () => {
  it('hides each value behind one mask that clients can decode', () => {
    expect(maskSecrets(aSecret, false)).toEqual(masked);
    expect(Buffer.from(SECRET_MASK, 'base64').toString()).toBe('********');
  });

  it('leaves other objects as they are', () => {
    const map = { ...aSecret, kind: 'ConfigMap' };
    expect(maskSecrets(map, false)).toEqual(map);
    const other = { ...aSecret, apiVersion: 'vault.example.test/v1' };
    expect(maskSecrets(other, false)).toEqual(other);
    const status = { kind: 'Status', status: 'Failure', message: 'no', data: 'x' };
    expect(maskSecrets(status, true)).toEqual(status);
  });

  it('SEC-B18 finds Secrets in lists of every form, in lists of lists, and in the rows of tables', () => {
    const { kind: _, apiVersion: __, ...bare } = aSecret;
    const { kind: ___, apiVersion: ____, ...bareMasked } = masked;
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: aSecret.metadata };
    const partialMasked = { ...partial, metadata: masked.metadata };
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, data: 1 };
    const cases = [
      {
        given: { kind: 'SecretList', items: [bare] },
        areSecrets: false,
        want: { kind: 'SecretList', items: [bareMasked] },
      },
      {
        given: { kind: 'List', items: [pod, aSecret] },
        areSecrets: false,
        want: { kind: 'List', items: [pod, masked] },
      },
      {
        given: { kind: 'List', items: [{ kind: 'SecretList', items: [bare] }] },
        areSecrets: false,
        want: { kind: 'List', items: [{ kind: 'SecretList', items: [bareMasked] }] },
      },
      {
        given: { kind: 'PartialObjectMetadataList', items: [partial] },
        areSecrets: true,
        want: { kind: 'PartialObjectMetadataList', items: [partialMasked] },
      },
      {
        given: { kind: 'Table', rows: [{ cells: ['db', 2], object: partial }] },
        areSecrets: true,
        want: { kind: 'Table', rows: [{ cells: ['db', 2], object: partialMasked }] },
      },
      {
        given: {
          kind: 'Table',
          rows: [
            { cells: ['db'], object: aSecret },
            { cells: [], object: null },
          ],
        },
        areSecrets: false,
        want: {
          kind: 'Table',
          rows: [
            { cells: ['db'], object: masked },
            { cells: [], object: null },
          ],
        },
      },
    ];
    for (const { given, areSecrets, want } of cases) expect(maskSecrets(given, areSecrets)).toEqual(want);
  });

  it('hides copies of the object in annotations, and keeps the one that kubectl compares with readable', () => {
    const name = 'kubectl.kubernetes.io/last-applied-configuration';
    const annotations = (value: unknown) => ({ kind: 'Secret', metadata: { annotations: value } });
    const cases = [
      { given: { [name]: 'no JSON c2VjcmV0' }, want: { [name]: SECRET_MASK } },
      { given: { [name]: '["c2VjcmV0"]' }, want: { [name]: SECRET_MASK } },
      { given: { [name]: APPLIED('c2VjcmV0') }, want: { [name]: APPLIED(SECRET_MASK) } },
      { given: { 'kapp.k14s.io/original': APPLIED('c2VjcmV0') }, want: { 'kapp.k14s.io/original': SECRET_MASK } },
    ];
    for (const { given, want } of cases) expect(maskSecrets(annotations(given), false)).toEqual(annotations(want));
  });

  it('leaves out fields that it does not know, and hides data of another form', () => {
    expect(maskSecrets({ kind: 'Secret', data: 'c2VjcmV0', dataTwo: { a: 'c2VjcmV0' } }, false)).toEqual({
      kind: 'Secret',
      data: SECRET_MASK,
    });
  });
});

describe('holdsMask', () => {
  it('finds the mask wherever it stands, in values, text and bytes', () => {
    for (const body of [
      masked,
      { metadata: { annotations: { applied: JSON.stringify(masked) } } },
      [{ op: 'replace', path: '/data/a', value: SECRET_MASK }],
      `data: {a: ${SECRET_MASK}}`,
      Buffer.from('k8s\0********'),
      Buffer.from(JSON.stringify(masked)),
    ]) {
      expect(holdsMask(body)).toBe(true);
    }
    for (const body of [aSecret, null, 7, 'text', Buffer.from('*******')]) expect(holdsMask(body)).toBe(false);
  });
});

describe('revealsHidden', () => {
  const cases = [
    { name: 'copies a value', patch: { op: 'copy', from: '/data/a', path: '/metadata/labels/a' }, want: true },
    { name: 'moves all data', patch: { op: 'move', from: '/stringData', path: '/metadata/annotations/a' }, want: true },
    { name: 'copies the whole object', patch: { op: 'copy', from: '', path: '/metadata/annotations/a' }, want: true },
    { name: 'copies annotations', patch: { op: 'copy', from: '/metadata/annotations/a', path: '/type' }, want: true },
    { name: 'copies from nowhere', patch: { op: 'copy', path: '/type' }, want: true },
    { name: 'tests a guess', patch: { op: 'test', path: '/data/a', value: 'YQ==' }, want: true },
    { name: 'tests a version', patch: { op: 'test', path: '/metadata/resourceVersion', value: '1' }, want: false },
    { name: 'replaces a value', patch: { op: 'replace', path: '/data/a', value: 'YQ==' }, want: false },
    {
      name: 'copies a label',
      patch: { op: 'copy', from: '/metadata/labels/a', path: '/metadata/labels/b' },
      want: false,
    },
  ];
  for (const { name, patch, want } of cases) {
    it(`${want ? 'refuses' : 'lets pass'} a patch that ${name}`, () => expect(revealsHidden([patch])).toBe(want));
  }
});
