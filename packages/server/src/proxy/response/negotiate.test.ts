import { describe, expect, it } from 'vitest';
import { readableAccept } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CBOR = 'application/cbor';

describe('readableAccept', () => {
  const cases = [
    { name: 'kubectl get', accept: `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json` },
    { name: 'plain JSON', accept: 'application/json' },
    { name: 'a watch of old', accept: 'application/json;stream=watch' },
    { name: 'metadata alone', accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    { name: 'protobuf first', accept: `${PROTOBUF},application/json`, want: 'application/json' },
    {
      name: 'metadata as protobuf first',
      accept: `${PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io,${TABLE}`,
      want: TABLE,
    },
    { name: 'anything', accept: '*/*', want: 'application/json' },
    { name: 'any application', accept: `${CBOR}, application/*;q=0.8`, want: 'application/json' },
    { name: 'a table, or anything', accept: `${TABLE},*/*`, want: `${TABLE},application/json` },
    { name: 'nothing in particular', accept: '', want: 'application/json' },
    {
      name: 'a form that is not known, or plain',
      accept: 'application/json;as=Graph,application/json',
      want: 'application/json',
    },
    { name: 'capitals and spaces', accept: ' Application/JSON ; q=0.5 ', want: 'Application/JSON ; q=0.5' },
  ];
  for (const { name, accept, want = accept } of cases) {
    it(`asks for JSON alone where a client takes ${name}`, () => {
      expect(readableAccept(['Accept', accept])?.accept).toBe(want);
    });
  }

  for (const accept of [
    PROTOBUF,
    CBOR,
    'application/yaml',
    'text/*',
    'application/json;q=0',
    '*/*;q=0',
    'application/json;as=Graph',
    'application/json-seq',
  ]) {
    it(`SEC-B18 finds no JSON in ${accept}`, () => {
      expect(readableAccept(['Accept', accept])).toBeUndefined();
    });
  }

  it('reads several lines as one, and the lack of any as plain JSON', () => {
    expect(readableAccept(['Accept', PROTOBUF, 'accept', TABLE])).toEqual({ accept: TABLE, mayBeTable: true });
    expect(readableAccept([])).toEqual({ accept: 'application/json', mayBeTable: false });
  });
});
