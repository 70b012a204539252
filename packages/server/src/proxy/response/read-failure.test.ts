import { parseRequestAttributes, type ResourceAttributes } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { readFailure } from './read-failure.ts';

const attributes = parseRequestAttributes('GET', '/apis/apps/v1/namespaces/x/deployments/web') as ResourceAttributes;
const read = (body: string, code: number, rules: Partial<Parameters<typeof readFailure>[2]> = {}) =>
  JSON.parse(
    readFailure(Buffer.from(body), code, { attributes, isFiltering: false, isMasking: false, ...rules }).toString(),
  );
const failure = (reason: string, code: number, message: string, details = {}) =>
  ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code }) as const;

describe('readFailure', () => {
  it('SEC-B19 tells a missing object in the words of kube-apiserver, however upstream put it', () => {
    const want = failure('NotFound', 404, 'deployments.apps "web" not found', {
      name: 'web',
      group: 'apps',
      kind: 'deployments',
    });
    const pretty = JSON.stringify({ ...want, message: 'deployments.apps "web" not found here' }, null, 2);
    expect(read(pretty, 404, { isFiltering: true })).toEqual(want);
  });

  it('passes a Status that names something else, or says something else', () => {
    for (const status of [
      failure('NotFound', 404, 'the server could not find the requested resource'),
      failure('Forbidden', 403, 'no'),
    ]) {
      expect(read(JSON.stringify(status), status.code, { isFiltering: true, isMasking: true })).toEqual(status);
    }
  });

  it('SEC-B18 passes nothing that is no Status', () => {
    for (const body of [
      '404 page not found',
      '{"kind":"Secret","data":{}}',
      '',
      '{"kind":"Status"}',
      '{"kind":"Status",',
    ]) {
      expect(read(body, 404)).toMatchObject({ kind: 'Status', message: 'the API server answered 404', code: 404 });
    }
  });

  it('SEC-B19 does not show why a patch of a Secret failed, where that may quote the Secret', () => {
    const patch = parseRequestAttributes('PATCH', '/api/v1/namespaces/x/secrets/db') as ResourceAttributes;
    const quoting = failure('BadRequest', 400, 'illegal base64 data, bigger context ...|"c2VjcmV0"|...');
    const shown = read(JSON.stringify(quoting), 400, { attributes: patch, isMasking: true });
    expect(shown).toMatchObject({ reason: 'BadRequest', code: 400 });
    expect(JSON.stringify(shown)).not.toContain('c2VjcmV0');
    const conflict = failure('Conflict', 409, 'the object has been modified');
    expect(read(JSON.stringify(conflict), 409, { attributes: patch, isMasking: true })).toEqual(conflict);
  });
});
