import type { EndedStream } from '@sallyport/core/api';
import { neutralise } from './neutralise.ts';

/** One line about a stream that ended before its time: when, which, where and why. */
export function endedStreamText(stream: EndedStream): string {
  const { at, cluster, verb, resource, namespace, name, reason } = stream;
  const what = [verb, resource, name].filter((word) => word !== undefined).join(' ');
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  return neutralise(`${at.toISOString()} ${what}${where} on ${cluster}: ${reason}`);
}
