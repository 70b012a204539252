import { describe, expect, it } from 'vitest';
import { failureStatus, parseStatus, successStatus } from './status.ts';

describe('failureStatus', () => {
  it('is what kubectl prints, with the HTTP status of its reason', () => {
    expect(failureStatus('Forbidden', 'no', { details: { kind: 'pods', name: 'p1' } })).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'no',
      reason: 'Forbidden',
      details: { kind: 'pods', name: 'p1' },
      code: 403,
    });
  });

  it('takes an HTTP status that has no reason of its own, and leaves out details that are not given', () => {
    const status = failureStatus('ServiceUnavailable', 'away', { code: 502 });
    expect(status.code).toBe(502);
    expect(status).not.toHaveProperty('details');
  });
});

describe('successStatus', () => {
  it('is exactly what ends an exec', () => {
    expect(JSON.stringify(successStatus())).toBe('{"metadata":{},"status":"Success"}');
  });
});

describe('parseStatus', () => {
  it('reads back what failureStatus made', () => {
    const status = failureStatus('NotFound', 'no such pod');
    expect(parseStatus(JSON.parse(JSON.stringify(status)))).toEqual(status);
  });

  it('takes nothing else for a Status', () => {
    for (const other of [
      null,
      undefined,
      'Status',
      [],
      {},
      { kind: 'Pod', status: {} },
      { kind: 'Status' },
      { kind: 'Status', status: 'x' },
    ]) {
      expect(parseStatus(other)).toBeUndefined();
    }
  });
});
