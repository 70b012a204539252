import { allHeaders, type RawHeaders } from '@sallyport/core';
import type { Refusal } from '../refusal.ts';
import { decodeMessage, openProtobuf } from './decode-protobuf.ts';
import type { InspectionLimits } from './limits.ts';
import { parseJson, UnreadableBody } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import { shapeOf } from './protobuf-shapes.ts';

/** What a body is to the object of its URL, and what it says. */
export interface DecodedBody {
  /** `object`: the object itself, or all that a server-side apply wants of it. `patch`: a part of it. `jsonPatch`: operations. */
  readonly form: 'object' | 'patch' | 'jsonPatch';
  readonly value: unknown;
  /** The whole message, where `value` is only what is read of it (protobuf). */
  readonly raw?: Uint8Array;
}

const PATCH_FORMS: ReadonlyMap<string, DecodedBody['form']> = new Map([
  ['application/json-patch+json', 'jsonPatch'],
  ['application/merge-patch+json', 'patch'],
  ['application/strategic-merge-patch+json', 'patch'],
  ['application/apply-patch+yaml', 'object'],
]);
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a body as kube-apiserver would, by its headers; or says why it can't be read, and what could. */
export function decodeBody(
  method: string,
  headers: RawHeaders,
  body: Uint8Array,
  limits: InspectionLimits,
): DecodedBody | Refusal {
  const problem = encodingProblem(headers);
  if (problem !== undefined) return problem;
  const [line = 'application/json'] = allHeaders(headers, 'content-type');
  const type = (line.split(';', 1)[0] as string).trim().toLowerCase();
  try {
    if (method === 'PATCH') {
      const form = PATCH_FORMS.get(type);
      if (form === undefined) return unsupported(`patches of the type ${shown(type)} are not read here`, PATCH_HINT);
      const text = textOf(body);
      return { form, value: type.endsWith('yaml') ? jsonOrYaml(text, limits) : parseJson(text, limits.maxDepth) };
    }
    switch (type) {
      case 'application/json':
        return { form: 'object', value: parseJson(textOf(body), limits.maxDepth) };
      case 'application/yaml':
        return { form: 'object', value: jsonOrYaml(textOf(body), limits) };
      case 'application/vnd.kubernetes.protobuf':
        return decodeProtobuf(body);
      default:
        return unsupported(`bodies of the type ${shown(type)} are not read here`, OBJECT_HINT);
    }
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return {
      code: 'ERR_PROXY_BODY_UNREADABLE',
      message: `the body of the request has no single reading: ${error.message}.`,
    };
  }
}

const PATCH_HINT = 'Send a JSON, merge or strategic merge patch, or an apply patch in YAML.';
const OBJECT_HINT = 'Send JSON (in client-go: ContentType "application/json").';

/** A body that is compressed, or has two types, is read in one way here and perhaps in another there. */
function encodingProblem(headers: RawHeaders): Refusal | undefined {
  const encodings = allHeaders(headers, 'content-encoding').map((value) => value.trim().toLowerCase());
  if (encodings.some((encoding) => encoding !== 'identity' && encoding !== '')) {
    return unsupported(`a body in the encoding ${shown(encodings.join(', '))} is not read here`, 'Send it as it is.');
  }
  if (allHeaders(headers, 'content-type').length > 1) return unsupported('the body has two types', OBJECT_HINT);
  return undefined;
}

function decodeProtobuf(body: Uint8Array): DecodedBody | Refusal {
  const { apiVersion, kind, raw } = openProtobuf(body);
  const shape = shapeOf(kind);
  if (shape === undefined) return unsupported(`protobuf of ${shown(kind)} is not read here`, OBJECT_HINT);
  return { form: 'object', value: { ...decodeMessage(raw, shape), apiVersion, kind }, raw };
}

/** kubectl sends JSON as its apply patch, which is YAML too and far quicker to read as what it is. */
function jsonOrYaml(text: string, limits: InspectionLimits): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return parseJson(text, limits.maxDepth);
    } catch {
      // YAML has braces of its own. What is neither is told by the reader of YAML, duplicates too.
    }
  }
  if (text.length > limits.maxYamlBytes) {
    throw new UnreadableBody(
      `its YAML is ${text.length} characters, limit is ${limits.maxYamlBytes}; JSON may be longer`,
    );
  }
  return parseYaml(text, limits);
}

function textOf(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new UnreadableBody('it is not UTF-8');
  }
}

function unsupported(what: string, hint: string): Refusal {
  return { code: 'ERR_PROXY_BODY_UNSUPPORTED', message: `${what}, so what is in it can not be decided on. ${hint}` };
}

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 64));
}
