import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from './errors.ts';
import { parseRequestAttributes } from './request-attributes.ts';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\\]|%[0-9a-f]{2}|^\.{1,2}$|\p{Cc}/iu.test(text));
const hostile = fc
  .array(
    fc.constantFrom(
      '/',
      '//',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      '%25',
      '%00',
      ';',
      'api',
      'apis',
      'v1',
      'pods',
      'proxy',
      'watch',
      'namespaces',
      'default',
      'status',
      'exec',
      '?',
      '&',
      'watch=1',
      'fieldSelector=metadata.name=x',
      '%',
      'é',
      '\\',
      '#',
    ),
    { maxLength: 14 },
  )
  .map((parts) => `/${parts.join('')}`);

describe('parseRequestAttributes, for any input', () => {
  it('SEC-B02 reads back every name that was encoded once', () => {
    fc.assert(
      fc.property(name, name, (namespace, pod) => {
        fc.pre(namespace !== 'status' && namespace !== 'finalize');
        const target = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
        expect(parseRequestAttributes('GET', target)).toMatchObject({ namespace, name: pod, subresource: 'log' });
      }),
    );
  });

  it('SEC-B01 answers or refuses with its code, and what it answers holds no second reading', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.string().map((text) => `/${text}`),
        ),
        (target) => {
          try {
            const attributes = parseRequestAttributes('GET', target);
            expect(target.startsWith(attributes.path)).toBe(true);
            if (attributes.kind === 'nonResource') {
              expect(attributes.path).not.toMatch(/\/\/|%|\\|(^|\/)\.\.?(\/|$)/);
              return;
            }
            const { resource, namespace, subresource, apiGroup, apiVersion } = attributes;
            for (const text of [resource, namespace, subresource, apiGroup, apiVersion]) {
              expect(text).not.toMatch(/[/\\]|^\.\.?$|%[0-9a-f]{2}/i);
            }
            expect(attributes.name).not.toContain('/');
          } catch (error) {
            if (!(error instanceof CoreError)) throw error;
            expect(error.code).toBe('ERR_REQUEST_AMBIGUOUS');
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
