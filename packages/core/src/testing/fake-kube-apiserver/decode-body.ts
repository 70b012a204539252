import { parse } from 'yaml';
import { firstHeader } from '../../raw-headers.ts';
import type { Call } from './call.ts';
import { isJson, type Json, type KubeObject } from './objects.ts';
import { decodeKubernetesProtobuf, KUBERNETES_PROTOBUF } from './protobuf-objects.ts';
import { StatusError } from './status-error.ts';

/** Media type of a request body, without parameters; JSON when none is given. */
export function bodyType(call: Call): string {
  const header = firstHeader(call.headers, 'content-type') ?? 'application/json';
  return (header.split(';')[0] as string).trim().toLowerCase();
}

/**
 * Reads a request body as JSON, YAML or protobuf.
 * @throws StatusError 400, 415
 */
export function decodeBody(call: Call): Json {
  const type = bodyType(call);
  if (type === KUBERNETES_PROTOBUF) return decodeKubernetesProtobuf(call.body);
  if (type === 'application/json') return parseObject(() => JSON.parse(call.body.toString('utf8')));
  if (type === 'application/yaml') return parseYaml(call.body);
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${KUBERNETES_PROTOBUF}`,
  );
}

/** Reads a YAML (or JSON) body, as apply patches are. */
export function parseYaml(body: Buffer): Json {
  return parseObject(() => parse(body.toString('utf8'), { maxAliasCount: 100 }));
}

function parseObject(read: () => unknown): Json {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    throw new StatusError('BadRequest', `the object provided is unrecognized: ${(error as Error).message}`);
  }
  if (!isJson(value)) throw new StatusError('BadRequest', 'the object provided is unrecognized: it must be a map');
  return value;
}

/**
 * Checks that a decoded body is an object of the kind that the path serves.
 * @throws StatusError 400
 */
export function expectKind(value: Json, apiVersion: string, kind: string): KubeObject {
  const gotKind = value['kind'] ?? kind;
  const gotVersion = value['apiVersion'] ?? apiVersion;
  if (gotKind !== kind || gotVersion !== apiVersion) {
    throw new StatusError(
      'BadRequest',
      `the object provided (${String(gotVersion)}, Kind=${String(gotKind)}) does not match the expected ${apiVersion}, Kind=${kind}`,
    );
  }
  const metadata = isJson(value['metadata']) ? value['metadata'] : {};
  return {
    ...value,
    apiVersion,
    kind,
    metadata: { ...metadata, name: typeof metadata['name'] === 'string' ? metadata['name'] : '' },
  };
}
