import { describe, expect, it } from 'vitest';
import { traceIdOf } from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('the trace of a request', () => {
  it.each([
    ['of version 00', `00-${TRACE}-${SPAN}-01`],
    ['that is not sampled', `00-${TRACE}-${SPAN}-00`],
    ['of a later version', `cc-${TRACE}-${SPAN}-01`],
    ['of a later version with more fields', `01-${TRACE}-${SPAN}-01-what-the-future-brings`],
  ])('is that of a traceparent %s', (_, traceparent) => {
    expect(traceIdOf(['Host', 'x', 'Traceparent', traceparent])).toBe(TRACE);
  });

  it.each([
    ['none', []],
    ['one without a trace', ['traceparent', `00-${'0'.repeat(32)}-${SPAN}-01`]],
    ['one without a parent', ['traceparent', `00-${TRACE}-${'0'.repeat(16)}-01`]],
    ['one of the version that never is', ['traceparent', `ff-${TRACE}-${SPAN}-01`]],
    ['one of version 00 with more fields', ['traceparent', `00-${TRACE}-${SPAN}-01-more`]],
    ['one in capitals', ['traceparent', `00-${TRACE.toUpperCase()}-${SPAN}-01`]],
    ['one that is too short', ['traceparent', `00-${TRACE.slice(1)}-${SPAN}-01`]],
    ['two', ['traceparent', `00-${TRACE}-${SPAN}-01`, 'TRACEPARENT', `00-${TRACE}-${SPAN}-01`]],
  ])('begins here for %s', (_, headers) => {
    const traceId = traceIdOf(headers);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
    expect(traceIdOf(headers)).not.toBe(traceId);
  });
});
