import { describe, expect, it } from 'vitest';
import { createOpenApi } from './openapi.ts';
import { operations } from './operations/index.ts';
import { KUBE_PASSAGE } from './operations/kube-path.ts';
import type { Operation } from './operations/operation.ts';
import { PLATFORM_PERMISSIONS } from './permissions.ts';

describe('createOpenApi', () => {
  const document = createOpenApi({ serverUrl: 'https://sallyport.example.com', version: '1.2.3' });
  const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>;
  const described = Object.values(paths).flatMap((methods) => Object.values(methods));

  it('describes every operation and the passage to clusters once, with its permission', () => {
    const passages = KUBE_PASSAGE.methods.map((method) => `${method}Kube`);
    expect(described.map((each) => each['operationId']).sort()).toEqual(
      [...Object.keys(operations), ...passages].sort(),
    );
    const known = new Set<unknown>([...PLATFORM_PERMISSIONS, 'self', 'each', 'public']);
    for (const each of described) expect(known).toContain(each['x-sallyport-permission']);
  });

  it('says of which operations one’s own takes no permission', () => {
    const free = described.filter((each) => each['x-sallyport-own-free'] === true);
    expect(free.map((each) => each['operationId']).sort()).toEqual([
      'getRecording',
      'getSession',
      'listSessions',
      'searchSessions',
      'watchRecording',
    ]);
    for (const each of free) expect(each['description']).toContain('takes `sessions.read`');
  });

  it('states which operations need no credential', () => {
    for (const [name, { permission }] of Object.entries<Operation>(operations)) {
      const security = described.find((each) => each['operationId'] === name)?.['security'];
      if (permission === 'public') expect(security).toEqual([]);
      else expect(security).not.toEqual([]);
    }
  });

  it('describes instants and ids as they travel', () => {
    const text = JSON.stringify(paths['/api/v1/organizations/{organization}/projects/{name}']);
    expect(text).toContain('"createdAt":{"type":"string","format":"date-time"');
    expect(text).toContain('"id":{"type":"string"}');
  });

  it('states the media types of what is answered as text', () => {
    const report = paths['/api/v1/organizations/{organization}/access-reviews/{id}/report']?.['get'];
    expect(report?.['responses']).toMatchObject({
      200: {
        content: { 'text/csv': { schema: { type: 'string' } }, 'application/x-ndjson': { schema: { type: 'string' } } },
      },
    });
  });

  it('is JSON without anything lost', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
