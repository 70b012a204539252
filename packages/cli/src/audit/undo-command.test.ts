import type { AuditEventResource } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { undoCommand } from './undo-command.ts';

function anEvent(change: AuditEventResource['change'], more: Record<string, unknown> = {}): AuditEventResource {
  const attributes = {
    kind: 'resource',
    verb: 'patch',
    apiGroup: 'apps',
    apiVersion: 'v1',
    resource: 'deployments',
    subresource: '',
    namespace: 'shop',
    name: 'web',
    ...more,
  };
  return { id: 'evt_1', clusterName: 'prod', request: { attributes }, change } as unknown as AuditEventResource;
}

describe('undoing a write', () => {
  it('patches an object back, with everything quoted', () => {
    const undo = [{ op: 'replace', path: '/metadata/annotations/note', value: "it's \u202e $(rm)" }];
    expect(undoCommand(anEvent({ undo }))).toBe(
      `# in cluster "prod"\nkubectl patch -n shop deployments.v1.apps web --type=json -p '[{"op":"replace","path":"/metadata/annotations/note","value":"it'\\''s \\u202e $(rm)"}]'`,
    );
    expect(undoCommand(anEvent({ undo }, { subresource: 'scale' }))).toContain('web --subresource=scale --type=json');
  });

  it('deletes what was created, and creates what was deleted', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } };
    const core = { apiGroup: '', resource: 'configmaps', name: '' };
    const created = { patch: [{ op: 'add', path: '', value: object }], undo: [{ op: 'remove', path: '' }] };
    expect(undoCommand(anEvent(created, core))).toMatch(/\nkubectl delete -n shop configmaps made$/);
    const deleted = { undo: [{ op: 'add', path: '', value: object }] };
    expect(undoCommand(anEvent(deleted, core))).toMatch(
      /\nkubectl create -n shop -f - <<'SALLYPORT'\n\{"apiVersion":"v1".*\}\nSALLYPORT$/,
    );
  });

  it('is refused where the event does not tell how', () => {
    const refusal = expect.objectContaining({ code: 'ERR_CLI_AUDIT_UNDO' });
    expect(() => undoCommand(anEvent({ omitted: 'beforeUnknown' }))).toThrow(refusal);
    expect(() => undoCommand(anEvent(undefined))).toThrow(refusal);
  });
});
