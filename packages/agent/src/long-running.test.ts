import { expect, it } from 'vitest';
import { isLongRunning } from './long-running.ts';

for (const [target, want] of [
  ['/api/v1/pods', false],
  ['/api/v1/pods?watch=true', true],
  ['/api/v1/pods?watch=1&resourceVersion=5', true],
  ['/api/v1/pods?watch', true],
  ['/api/v1/pods?watch=false', false],
  ['/api/v1/pods?watch=0', false],
  ['/api/v1/watch/pods', true],
  ['/apis/apps/v1/watch/namespaces/a/deployments', true],
  ['/api/v1/namespaces/watch/pods', false],
  ['/api/v1/namespaces/a/pods/b/log?follow=true', true],
  ['/api/v1/namespaces/a/pods/b/log?container=c', false],
  ['/api/v1/namespaces/a/services/b/proxy/?follow=true', false],
] as const) {
  it(`${target} ${want ? 'stays open' : 'ends by itself'}`, () => {
    expect(isLongRunning(target)).toBe(want);
  });
}
