import { isCodedError, type RawHeaders } from '@sallyport/core';
import type { ResponseHead } from '@sallyport/tunnel/http';
import type { Downstream } from '../downstream.ts';
import type { Refusal } from '../refusal.ts';
import { createByteSource } from './byte-source.ts';
import { createJudge } from './judge.ts';
import type { AnswerLimits } from './limits.ts';
import type { AnswerPlan } from './plan.ts';
import { encode, missing, readFailure } from './read-failure.ts';
import { readList } from './read-list.ts';
import { readSingle } from './read-single.ts';
import { readWatch } from './read-watch.ts';
import { type AnswerTransform, createTransform } from './transform.ts';
import { tooLarge, unreadable } from './unreadable.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** Says something of the body as it was before it was read. */
const DROPPED_HEADERS: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
]);

/** What {@link createReadDownstream} works with. */
export interface ReadDownstreamOptions {
  readonly plan: AnswerPlan;
  readonly limits: Required<AnswerLimits>;
  /** For watches by labels: what is in view at the start. */
  readonly watched?: WatchedObjects;
}

/**
 * Puts the reading of an answer in front of `inner`: nothing goes on that was not understood. The head waits for the first
 * bytes that go on, so that an answer which can't be read is refused whole; that of a watch goes at once.
 */
export function createReadDownstream(inner: Downstream, options: ReadDownstreamOptions): Downstream {
  const { plan, limits } = options;
  let waiting: ResponseHead | undefined;
  let transform: AnswerTransform | undefined;

  function sendHead(bodyBytes?: number): void {
    if (waiting === undefined) return;
    const { status, headers } = waiting;
    waiting = undefined;
    const length = bodyBytes === undefined ? [] : ['Content-Length', String(bodyBytes)];
    inner.head({ status, headers: [...headers, ...length] });
  }

  /** Reads an answer that goes on as a whole. */
  function createWhole(read: (body: Uint8Array) => Uint8Array): AnswerTransform {
    const chunks: Uint8Array[] = [];
    let length = 0;
    return {
      push(chunk) {
        length += chunk.length;
        if (length > limits.maxObjectBytes) throw tooLarge(`it is larger than ${limits.maxObjectBytes} bytes`);
        chunks.push(chunk);
        return NOTHING;
      },
      end() {
        const body = read(Buffer.concat(chunks));
        sendHead(body.length);
        return body;
      },
    };
  }

  function readAnswer(head: ResponseHead): AnswerTransform {
    const { attributes, rules, shape } = plan;
    const isFiltering = rules.view !== undefined;
    if (head.status < 200 || head.status > 299) {
      const failure = { attributes, isFiltering, isMasking: rules.isMasking };
      return createWhole((body) => {
        waiting = { status: head.status, headers: asJson(head.headers) };
        return readFailure(body, head.status, failure);
      });
    }
    assertJson(head.headers);
    const judge = createJudge(rules);
    if (shape === 'single') {
      return createWhole((body) => {
        const shown = readSingle(body, judge);
        if (shown !== undefined) return shown;
        waiting = { status: 404, headers: asJson(head.headers) };
        return encode(missing(attributes));
      });
    }
    const source = createByteSource(limits.maxObjectBytes);
    if (shape === 'list') return createTransform(source, (emit) => readList(source, judge, emit));
    return createTransform(source, (emit) => readWatch(source, judge, options.watched, emit));
  }

  /** Runs a step of the reading; what it can't read becomes a refusal. */
  function attempt(step: () => void): Refusal | undefined {
    try {
      step();
      return undefined;
    } catch (error) {
      if (!isCodedError(error)) throw error;
      return { code: error.code as Refusal['code'], message: `${error.message}.` };
    }
  }

  return {
    get status() {
      return inner.status;
    },
    head(head) {
      return attempt(() => {
        waiting = { status: head.status, headers: withoutBodyHeaders(head.headers) };
        transform = readAnswer(head);
        if (plan.shape === 'watch' && head.status === 200) sendHead();
      });
    },
    data(chunk, taken) {
      return attempt(() => {
        const shown = transform?.push(chunk) ?? NOTHING;
        if (shown.length === 0) return taken();
        sendHead();
        inner.data(shown, taken);
      });
    },
    end(trailers) {
      return attempt(() => {
        const shown = transform?.end() ?? NOTHING;
        sendHead();
        if (shown.length > 0) inner.data(shown, noop);
        inner.end(trailers);
      });
    },
    fail: (refusal) => inner.fail(refusal),
  };
}

const NOTHING = new Uint8Array(0);

function withoutBodyHeaders(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!DROPPED_HEADERS.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

function asJson(headers: RawHeaders): string[] {
  const kept = withoutBodyHeaders(headers);
  const others: string[] = ['Content-Type', 'application/json'];
  for (let i = 0; i < kept.length; i += 2) {
    const name = kept[i] as string;
    if (name.toLowerCase() !== 'content-type') others.push(name, kept[i + 1] as string);
  }
  return others;
}

/** @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE` */
function assertJson(headers: RawHeaders): void {
  let type: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = (headers[i + 1] as string).trim().toLowerCase();
    if (name === 'content-encoding' && value !== 'identity') throw unreadable(`it is encoded (${value.slice(0, 64)})`);
    if (name !== 'content-type') continue;
    if (type !== undefined) throw unreadable('it has two content types');
    type = value.split(';')[0]?.trim();
  }
  if (type !== 'application/json') throw unreadable(`it is ${(type ?? 'of no type').slice(0, 64)} and not JSON`);
}

function noop(): void {}
