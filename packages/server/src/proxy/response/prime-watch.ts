import { isCodedError, type ResourceAttributes } from '@sallyport/core';
import type { Tunnel } from '@sallyport/tunnel';
import { openExchange, type RequestHead } from '@sallyport/tunnel/http';
import type { Refusal } from '../refusal.ts';
import { createByteSource } from './byte-source.ts';
import { createJudge } from './judge.ts';
import type { AnswerLimits } from './limits.ts';
import type { AnswerPlan } from './plan.ts';
import { readList } from './read-list.ts';
import { createTransform } from './transform.ts';
import { createWatchedObjects, type WatchedObjects } from './watched-objects.ts';

/** Selectors of the watch, which the list shares. */
const SELECTORS = ['labelSelector', 'fieldSelector'] as const;

/**
 * The list that tells what whoever watches from a version on has seen in a list of that version. `undefined` for a watch
 * that begins with all objects by itself.
 */
export function primingTarget(attributes: ResourceAttributes, target: string): string | undefined {
  const at = target.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at));
  const version = query.get('resourceVersion') ?? '';
  if (version === '' || version === '0' || query.get('sendInitialEvents') === 'true') return undefined;
  const { apiGroup, apiVersion, namespace, resource, name } = attributes;
  const segments = [
    ...(apiGroup === '' ? ['api'] : ['apis', apiGroup]),
    apiVersion,
    ...(namespace === '' || resource === 'namespaces' ? [] : ['namespaces', namespace]),
    resource,
  ];
  const options = new URLSearchParams({ resourceVersion: version, resourceVersionMatch: 'Exact' });
  for (const selector of SELECTORS) {
    const value = query.get(selector);
    if (value !== null && value !== '') options.set(selector, value);
  }
  // The name of an old-style watch stands in its path.
  if (name !== '' && !options.has('fieldSelector')) options.set('fieldSelector', `metadata.name=${name}`);
  return `/${segments.map(encodeURIComponent).join('/')}?${options.toString()}`;
}

/** A list under way. */
export interface Priming {
  readonly done: Promise<WatchedObjects | Refusal>;
  /** Breaks it off; `done` resolves nevertheless. */
  cancel(): void;
}

/** Lists the metadata of what is in view, as the caller's own request, before a watch from that version begins. */
export function primeWatch(
  tunnel: Pick<Tunnel, 'open'>,
  plan: AnswerPlan,
  head: Pick<RequestHead, 'capability' | 'decisionId'>,
  target: string,
  limits: Required<AnswerLimits>,
): Priming {
  const watched = createWatchedObjects(limits.maxWatchedObjects);
  const judge = createJudge(plan.rules);
  const source = createByteSource(limits.maxObjectBytes);
  const noting = {
    ...judge,
    showObject: (...[, , { facts }]: Parameters<typeof judge.showObject>) => {
      if (facts !== undefined) watched.add(facts);
      return NOTHING;
    },
  };
  const transform = createTransform(source, (emit) => readList(source, noting, emit));
  let cancel = (): void => {};
  const done = new Promise<WatchedObjects | Refusal>((resolve) => {
    const stop = (refusal: Refusal) => {
      resolve(refusal);
      exchange.reset('cancelled');
    };
    const attempt = (step: () => void) => {
      try {
        step();
      } catch (error) {
        stop(refusalOf(error));
      }
    };
    const exchange = openExchange(
      tunnel,
      {
        method: 'GET',
        target,
        headers: ['Accept', ACCEPT, 'Accept-Encoding', 'identity'],
        upgrade: false,
        ...head,
      },
      {
        onHead({ status }) {
          if (status === 200) return;
          stop(status === 410 || status === 504 ? EXPIRED : failed(`the API server answered ${status}`));
        },
        onData(chunk) {
          attempt(() => void transform.push(chunk));
          exchange.consumed(chunk.length);
        },
        onEnd() {
          attempt(() => {
            transform.end();
            resolve(watched);
          });
        },
        onReset: (error) => resolve(failed(error.message)),
      },
    );
    exchange.end();
    cancel = () => stop(failed('the caller went away'));
  });
  return { done, cancel: () => cancel() };
}

const NOTHING = new Uint8Array(0);
const ACCEPT = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

/** Reflectors list anew on this, and watch from there. */
const EXPIRED: Refusal = {
  code: 'ERR_PROXY_WATCH_EXPIRED',
  message: 'what was in view at that resource version is no longer known. List again, and watch from there.',
};

function failed(why: string): Refusal {
  return {
    code: 'ERR_PROXY_UPSTREAM_FAILED',
    message: `what is in view at the start of the watch is not known: ${why}.`,
  };
}

function refusalOf(error: unknown): Refusal {
  if (!isCodedError(error)) throw error;
  return { code: error.code as Refusal['code'], message: `${error.message}.` };
}
