import { describe, expect, it } from 'vitest';
import { effectiveRows, levelOf } from './levels.ts';

const resource = (name: string, settings: object) => ({
  ...{ apiVersion: 'sallyport.dev/v1', kind: 'Any', status: {} },
  metadata: { id: 'x', name, labels: {}, resourceVersion: '1', createdAt: new Date(0), updatedAt: new Date(0) },
  spec: { settings },
});

describe('settings of several levels', () => {
  it('apply as the strictest of them, and say whose that is', () => {
    const rows = effectiveRows([
      levelOf(
        'organization',
        resource('halden', { credentialLifetime: '1h', requireRecording: true, ipRanges: ['10.0.0.0/8'] }),
      ),
      levelOf('project', resource('freight', { credentialLifetime: '15m', requireRecording: false })),
      levelOf(
        'cluster',
        resource('prod-eu', { ipRanges: ['10.1.0.0/16', '10.2.0.0/16'], auditChanges: 'patchAndBody' }),
      ),
    ]);
    const told = rows
      .filter(({ from }) => from.length > 0)
      .map(({ label, value, from }) => [label, value, from.map(({ name }) => name)]);
    expect(told).toEqual([
      ['Credential lifetime', '15 min', ['freight']],
      ['IP ranges', '10.0.0.0/8, and 10.1.0.0/16 or 10.2.0.0/16', ['halden', 'prod-eu']],
      ['Require recording', 'yes', ['halden']],
      ['Audit changes', 'patchAndBody', ['prod-eu']],
    ]);
    expect(rows.find(({ label }) => label === 'Disable web kubectl')).toMatchObject({ value: 'no', from: [] });
  });
});
