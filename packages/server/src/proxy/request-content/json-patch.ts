import { isJson, type Json } from './json.ts';
import { UnreadableBody } from './parse-json.ts';

/** One operation of a JSON Patch (RFC 6902), as far as it brings something into the object. */
export interface PatchOperation {
  /** Names and indexes on the way to the place that changes. */
  readonly path: readonly string[];
  /** What is written there: a value of the body, or what stands elsewhere in the object (`copy`, `move`), which is not known. */
  readonly writes: { readonly value: unknown } | { readonly from: readonly string[] };
}

/**
 * What the operations of a JSON Patch write; `remove` and `test` write nothing.
 * @throws UnreadableBody
 */
export function readJsonPatch(body: unknown): readonly PatchOperation[] {
  if (!Array.isArray(body)) throw new UnreadableBody('a JSON Patch is a list of operations');
  return body.flatMap((operation: unknown): readonly PatchOperation[] => {
    if (!isJson(operation)) throw new UnreadableBody('a JSON Patch is a list of operations');
    switch (operation['op']) {
      case 'remove':
      case 'test':
        return [];
      case 'add':
      case 'replace':
        return [{ path: pointerOf(operation, 'path'), writes: { value: operation['value'] } }];
      case 'copy':
      case 'move':
        return [{ path: pointerOf(operation, 'path'), writes: { from: pointerOf(operation, 'from') } }];
      default:
        throw new UnreadableBody('it holds an operation that JSON Patch does not know');
    }
  });
}

/** Reads a JSON Pointer (RFC 6901) as kube-apiserver's library does: what stands before the first slash is passed over. */
function pointerOf(operation: Json, name: string): readonly string[] {
  const pointer = operation[name];
  if (typeof pointer !== 'string') throw new UnreadableBody(`it holds an operation whose ${name} is no text`);
  const tokens = pointer.split('/').slice(1);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
