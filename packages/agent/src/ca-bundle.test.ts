import { beforeAll, describe, expect, it } from 'vitest';
import { parseCaBundle } from './ca-bundle.ts';
import { createTestCa } from './testing/test-ca.ts';

let one: string;
let two: string;
let key: string;
beforeAll(async () => {
  const ca = await createTestCa('one');
  one = ca.certificatePem.trim();
  two = (await createTestCa('two')).certificatePem.trim();
  key = (await ca.issue({ dnsNames: ['x'] })).keyPem;
});

describe('a CA bundle', () => {
  it('is split into its certificates, with comments allowed', () => {
    expect(parseCaBundle(`# first\n${one}\r\n\n# second\n${two}\n`, 'the bundle')).toEqual([one, two]);
  });

  it('SEC-D13 is refused with the number of the block that is no certificate', () => {
    const broken = two.replace(/\n[A-Za-z0-9+/]{10}/, '\n!!!!!!!!!!');
    const cases: readonly [pem: string, message: RegExp][] = [
      ['', /holds no certificate/],
      ['not PEM', /holds no certificate/],
      [`${one}\n${key}`, /block 2 of the bundle is "PRIVATE KEY"/],
      [`${one}\n-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n`, /block 2 .* no readable certificate/],
      [`${one}\n${broken}`, /block 2 .* no readable certificate/],
      [`${one}\n${two.slice(0, -30)}`, /block 2 .* cut short/],
      [`${one.slice(0, -30)}\n${two}`, /block 1/],
      [`${one}\n-----END CERTIFICATE-----`, /block 2 .* cut short/],
    ];
    for (const [pem, message] of cases) {
      expect(() => parseCaBundle(pem, 'the bundle')).toThrow(
        expect.objectContaining({ code: 'ERR_AGENT_CA_BUNDLE', message: expect.stringMatching(message) as string }),
      );
    }
  });
});
