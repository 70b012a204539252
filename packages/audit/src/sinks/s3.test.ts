import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { createS3Sink } from './s3.ts';
import { startHttpDouble } from './testing/http-double.ts';
import { hasGoodSignature } from './testing/signature-v4.ts';

// The store's own pair of keys.
const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const client = new AwsClient({ ...keys, service: 's3', region: 'us-east-1' });
let folder: string;
let store: S3rver;
let endpoint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-s3-'));
  store = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'audit' }],
  });
  endpoint = `http://127.0.0.1:${((await store.run()) as AddressInfo).port}`;
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function keysUnder(prefix: string): Promise<readonly string[]> {
  const answer = await client.fetch(`${endpoint}/audit?prefix=${encodeURIComponent(prefix)}`);
  return [...(await answer.text()).matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key ?? '');
}

async function eventsUnder(prefix: string) {
  const texts = await Promise.all(
    (await keysUnder(prefix)).map(async (key) => (await client.fetch(`${endpoint}/audit/${key}`)).text()),
  );
  return texts.flatMap((text) => text.split('\n').slice(0, -1).map(parseAuditEvent));
}

const position = (firstIndex: number, lastIndex: number) => ({ position: { log: 'org_1', firstIndex, lastIndex } });

describe('the S3 sink', () => {
  for (const [i, { name, run }] of auditSinkConformance.entries()) {
    it(name, () =>
      run(async () => {
        const prefix = `conformance-${i}/`;
        return {
          sink: createS3Sink({ endpoint, bucket: 'audit', prefix, ...keys }),
          read: () => eventsUnder(prefix),
        };
      }),
    );
  }

  it('names objects by log and index, so that their order is the order of the log', async () => {
    const sink = createS3Sink({ endpoint, bucket: 'audit', prefix: 'ordered/', ...keys });
    for (const first of [900, 1_000, 99_999, 8]) await sink.write([anAuditEvent()], position(first, first + 5));
    expect(await keysUnder('ordered/')).toEqual([
      'ordered/org_1/0000000000000008.ndjson',
      'ordered/org_1/0000000000000900.ndjson',
      'ordered/org_1/0000000000001000.ndjson',
      'ordered/org_1/0000000000099999.ndjson',
    ]);
    const object = await client.fetch(`${endpoint}/audit/ordered/org_1/0000000000000900.ndjson`, { method: 'HEAD' });
    expect(object.headers.get('x-amz-meta-last-index')).toBe('905');
    expect(object.headers.get('content-type')).toBe('application/x-ndjson');
  });

  it('overwrites the same object when a batch is repeated, also by one that reaches further', async () => {
    const sink = createS3Sink({ endpoint, bucket: 'audit', prefix: 'repeated/', ...keys });
    const events = [anAuditEvent(), anAuditEvent(), anAuditEvent()];
    await sink.write(events.slice(0, 2), position(7, 8));
    await sink.write(events, position(7, 9));
    expect(await eventsUnder('repeated/')).toEqual(events);
  });

  it('is refused with keys that the store does not know, and tells neither of the two', async () => {
    const sink = createS3Sink({ endpoint, bucket: 'audit', accessKeyId: 'NOBODY', secretAccessKey: 'T0PS3CRET' });
    const error = await sink.write([anAuditEvent()]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_AUDIT_SINK_REFUSED',
      message: `${new URL(endpoint).host} answered with status 403`,
      isFinal: false,
    });
    expect(JSON.stringify(error)).not.toMatch(/T0PS3CRET|NOBODY/);
  });

  it('signs as the specification of Signature Version 4 has it: a wrong secret and a changed body are refused', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished, (request) => ({
      status: hasGoodSignature(request, 'T0PS3CRET') ? 200 : 403,
    }));
    const sink = (secretAccessKey: string) =>
      createS3Sink({ endpoint: url, bucket: 'audit', accessKeyId: 'AKID', secretAccessKey, region: 'eu-central-1' });
    await sink('T0PS3CRET').write([anAuditEvent()], position(0, 0));
    await expect(sink('another').write([anAuditEvent()])).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK_REFUSED' });
    const [request] = requests;
    expect(requests).toHaveLength(1);
    expect(request && hasGoodSignature({ ...request, body: `${request.body} ` }, 'T0PS3CRET')).toBe(false);
  });

  it('asks for a lock of each object, with the checksums that a store demands for it', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    await createS3Sink({
      endpoint: url,
      bucket: 'audit',
      ...keys,
      objectLock: { mode: 'compliance', days: 30 },
      clock: { now: () => Date.parse('2026-01-01T00:00:00Z') } as never,
    }).write([anAuditEvent()], position(0, 0));
    const [request] = requests;
    expect(request?.path).toBe('/audit/audit/org_1/0000000000000000.ndjson');
    expect(request?.headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2026-01-31T00:00:00.000Z',
      'content-md5': expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
      'x-amz-content-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
      'x-amz-date': '20260101T000000Z',
    });
    expect(request?.headers.authorization).toMatch(/SignedHeaders=.*content-md5.*x-amz-object-lock-mode/);
  });
});
