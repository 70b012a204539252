import { expect, it } from 'vitest';
import { readOutput } from './h2load.ts';

const output = (finished: string) => `finished in ${finished}, 1440.00 req/s, 160.13KB/s
requests: 1440 total, 1442 started, 1437 done, 1430 succeeded, 4 failed, 3 errored, 0 timeout
status codes: 1430 2xx, 0 3xx, 4 4xx, 0 5xx
traffic: 160.13KB (163976) total, 225.00KB (230400) headers (space savings 0.00%), 7.03KB (5000000) data
`;
const LOG = ['1\t200\t1000', '2\t200\t3000', '3\t403\t90000', '4\t200\t2000', ''].join('\n');

it('reads how many requests h2load had answered, how fast, and how long each took', () => {
  const { count, errors, p50, p99, perSecond, megabytesPerSecond } = readOutput(output('2.00s'), LOG);
  expect([count, errors]).toEqual([1430, 7]);
  expect(perSecond).toBe(715);
  expect(megabytesPerSecond).toBe(2.5);
  // Of answers alone: a refusal takes other time.
  expect([p50, p99]).toEqual([2, 3]);
});

it('reads a time below a second', () => {
  expect(readOutput(output('500.00ms'), LOG).perSecond).toBe(2_860);
});
