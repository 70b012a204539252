import type { AuditPatchOperation } from '../../event-parts.ts';

/** Applies a JSON Patch (RFC 6902) of the operations that changes are told in, as `kubectl patch --type=json` would. */
export function applyPatch(object: unknown, patch: readonly AuditPatchOperation[]): unknown {
  const holder = { root: JSON.parse(JSON.stringify(object)) as unknown };

  for (const operation of JSON.parse(JSON.stringify(patch)) as readonly AuditPatchOperation[]) {
    const tokens = operation.path.split('/').slice(1);
    const path = ['root', ...tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))];
    const last = path.pop() as string;
    const parent = path.reduce<unknown>((inner, token) => (inner as Record<string, unknown>)[token], holder);
    if (Array.isArray(parent)) {
      const at = Number(last);
      if (operation.op === 'remove') parent.splice(at, 1);
      else parent.splice(at, operation.op === 'replace' ? 1 : 0, operation.value);
    } else if (operation.op === 'remove') {
      if (!Object.hasOwn(parent as object, last)) throw new Error(`nothing to remove at ${operation.path}`);
      delete (parent as Record<string, unknown>)[last];
    } else {
      (parent as Record<string, unknown>)[last] = operation.value;
    }
  }
  return holder.root;
}
