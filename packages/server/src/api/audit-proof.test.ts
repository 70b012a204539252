import {
  createTileSet,
  decodeBase64,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseNoteKey,
  readLines,
  treeRoot,
  verifyConsistency,
  verifyEvent,
  verifyLog,
} from '@sallyport/audit/proof';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type RoleId } from '@sallyport/core';
import { type AuditInclusion, createTextReader, operations } from '@sallyport/core/api';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckpointSigner, createCheckpointSigner } from '../audit/checkpoint-signer.ts';
import { indexAndSign } from '../audit/testing/checkpoints.ts';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../authn/testing/installation.ts';
import { MIN_ANNOUNCE_MS } from '../pki/key-policies.ts';
import { advanceKeys, rotateKey } from '../pki/rotate-keys.ts';
import { loadTrustRoots, type TrustRoots } from '../pki/trust-roots.ts';
import { putBinding } from '../testing/writes.ts';
import { refusal } from './testing/access-world.ts';

const organization = 'acme';
const PURPOSE = 'auditCheckpoint';
const OVERLAP_MS = 300_000;
type Log = 'organization' | 'installation';
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('the proof of the audit log over REST', () => {
  // Keys live by a clock of their own, which passes days while people stay signed in.
  const keyClock = createFakeClock(new Date());
  let installation: Installation;
  let roots: TrustRoots;
  let signer: CheckpointSigner;
  let ada: CommandLine;
  let vera: CommandLine;
  let nobody: CommandLine;
  let ours: string;
  let ids: readonly string[];
  let theirs: string;

  beforeAll(async () => {
    installation = await startInstallation({ api: { auditProof: { keys: () => signer.keys() } } });
    const { store, publicUrl, otherOrganization } = installation;
    roots = await loadTrustRoots(store, keyClock);
    signer = createCheckpointSigner({ publicUrl, keys: roots.auditCheckpointKeys });
    ada = await logIn(installation, 'ada@example.com');
    vera = await logIn(installation, 'vera@example.com');
    nobody = await logIn(installation, 'nobody@example.com');
    ours = installation.organization.id;
    theirs = anAuditEvent().id;
    await store.appendAudit([anAuditEvent({ id: theirs as never, organizationId: otherOrganization.id })]);
    ids = await grow(300);
  }, 60_000);
  afterAll(() => installation?.close());

  /** Appends events, indexes and signs them; yields their ids. */
  async function grow(count: number, at = new Date(), by = signer): Promise<readonly string[]> {
    const events = Array.from({ length: count }, () =>
      anAuditEvent({ organizationId: installation.organization.id, at }),
    );
    await installation.store.appendAudit(events);
    await indexAndSign(installation.store, by);
    return events.map(({ id }) => id);
  }
  const exportAs = ({ keys, tokens: { accessToken } }: CommandLine, of: string, log: Log = 'organization') => {
    const { fetch, publicUrl: baseUrl } = installation;
    const read = createTextReader({ baseUrl, fetch, keys, accessToken: () => accessToken });
    return read('exportAuditBundle', { organization: of, log });
  };
  /** Read to its end: an answer that nobody reads stays open. */
  const bundleOf = async (line: CommandLine, log?: Log, of = organization) => {
    const { chunks } = await exportAs(line, of, log);
    let text = '';
    for await (const chunk of chunks) text += chunk;
    return text;
  };
  const reportOf = async (text: string, keys: readonly NoteKey[]) => verifyLog(text.split('\n'), { keys });
  const listed = async () => (await ada.api.listAuditKeys()).items;
  const trusted = async () => (await listed()).map(({ key }) => parseNoteKey(key));
  const verdictOf = async (proof: AuditInclusion) => verifyEvent(proof, await listed());
  const aProof = (id = '') => ada.api.proveAuditEvent({ organization, id });

  /** Every operation upon a log, called with what it needs. */
  const calls = (line: CommandLine, of: string, log: Log = 'organization') => {
    const { api } = line;
    const made: Record<string, () => Promise<unknown>> = {
      getAuditCheckpoint: () => api.getAuditCheckpoint({ organization: of, log }),
      listAuditCheckpoints: () => api.listAuditCheckpoints({ organization: of, log }),
      getAuditTile: () => api.getAuditTile({ organization: of, level: '0', index: '0', log }),
      proveAuditEvent: () => api.proveAuditEvent({ organization: of, id: ids[0] ?? '', log }),
      proveAuditConsistency: () => api.proveAuditConsistency({ organization: of, first: 1, second: 2, log }),
      exportAuditBundle: () => bundleOf(line, log, of),
    };
    const named = Object.entries(operations).filter(([, { path }]) => path.includes('/audit-log/'));
    expect(Object.keys(made).sort()).toEqual(named.map(([name]) => name).sort());
    return Object.values(made);
  };

  it('lists its public keys for anybody, and nothing secret', async () => {
    const { fetch, publicUrl } = installation;
    const answer = await fetch(`${publicUrl}/api/v1/audit-keys`, { method: 'GET', headers: {}, redirect: 'manual' });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    const { items } = JSON.parse(text) as { items: { key: string; name: string; signsUntil?: string }[] };
    const [own] = signer.keys();
    expect(items.map(({ key }) => parseNoteKey(key))).toEqual([{ name: own?.name, publicKey: own?.publicKey }]);
    expect(items[0]?.signsUntil).toBeUndefined();
    const [secret] = roots.auditCheckpointKeys();
    expect(text).not.toContain(secret.secret.reveal().split('\n')[1]);
  });

  it('SEC-G02 proves an event to whoever trusts a key and nothing else that the server says', async () => {
    for (const id of [ids[0], ids[255], ids.at(-1)]) {
      const proof = await aProof(id);
      expect(await verdictOf(proof)).toMatchObject({ isProved: true, checkpoint: { size: proof.size } });
      const edited = { ...proof, event: { ...proof.event, severity: 'critical' } };
      expect(await verdictOf(edited)).toMatchObject({ isProved: false, failure: 'edited' });
    }
  });

  it('proves an event in an older tree, too; where it is not yet, or the log is not so far, there is no proof', async () => {
    const { index, size } = await aProof(ids[10]);
    const older = await ada.api.proveAuditEvent({ organization, id: ids[10] ?? '', size: index + 1 });
    expect(older).toMatchObject({ index, size: index + 1 });
    expect(older.checkpoint).toBeUndefined();
    for (const bad of [index, size + 1]) {
      const call = ada.api.proveAuditEvent({ organization, id: ids[10] ?? '', size: bad });
      expect(await refusal(call)).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
    for (const bad of [0, -1, 1.5]) {
      const call = ada.api.proveAuditEvent({ organization, id: ids[10] ?? '', size: bad });
      expect(await refusal(call)).toMatchObject({ status: 400 });
    }
  });

  it('SEC-B07 an event of another organization is as one that does not exist', async () => {
    const foreign = await refusal(aProof(theirs));
    const unknown = await refusal(aProof(createId('auditEvent')));
    expect(foreign).toMatchObject({ status: 404, code: unknown.code, title: unknown.title });
    expect(await refusal(aProof('evt_no'))).toMatchObject({ status: 404 });
  });

  it('hands out the tree in tiles, whose root is that of the checkpoint', async () => {
    const { note, size } = await ada.api.getAuditCheckpoint({ organization });
    const tiles = [];
    for (let index = 0; index * 256 < size; index += 1) {
      tiles.push(await ada.api.getAuditTile({ organization, level: '0', index: String(index) }));
    }
    tiles.push(await ada.api.getAuditTile({ organization, level: '1', index: '0' }));
    const set = createTileSet(
      tiles.map(({ hashes, ...place }) => ({ ...place, hashes: decodeBase64(hashes) ?? new Uint8Array() })),
    );
    expect(treeRoot(size, set)).toEqual(parseCheckpoint(parseNote(note).text).root);
    for (const [level, index] of [
      ['0', '9999'],
      ['7', '0'],
      ['-1', '0'],
      ['0', '01'],
      ['0', '1e3'],
      ['0', '99999999999999999999'],
    ] as const) {
      expect(await refusal(ada.api.getAuditTile({ organization, level, index }))).toMatchObject({ status: 404 });
    }
  });

  it('lists checkpoints from a size on, of each hour the last and the newest, in pages', async () => {
    const before = (await ada.api.getAuditCheckpoint({ organization })).size;
    await grow(5);
    const { items } = await ada.api.listAuditCheckpoints({ organization });
    const newest = await ada.api.getAuditCheckpoint({ organization });
    expect(items.at(-1)).toEqual(newest);
    expect(newest.size).toBeGreaterThan(before);
    for (const { note, size } of items) {
      expect(openCheckpoint(note, await trusted())).toMatchObject({ size, origin: expect.stringContaining(ours) });
    }
    expect(await ada.api.listAuditCheckpoints({ organization, after: newest.size })).toEqual({ items: [] });
    expect((await ada.api.listAuditCheckpoints({ organization, limit: 1 })).items).toHaveLength(1);
    for (const bad of [{ limit: 0 }, { limit: 1_001 }, { after: -1 }]) {
      const call = ada.api.listAuditCheckpoints({ organization, ...bad });
      expect(await refusal(call)).toMatchObject({ status: 400, code: 'ERR_API_REQUEST_INVALID' });
    }
  });

  it('proves that what a log was is the start of what it is', async () => {
    const { size } = await ada.api.getAuditCheckpoint({ organization });
    for (const [first, second] of [
      [1, size],
      [256, 257],
      [0, size],
      [size, size],
    ] as const) {
      const proof = await ada.api.proveAuditConsistency({ organization, first, second });
      const claim = {
        ...{ first, second, proof: proof.proof.map(fromHex) },
        ...{ firstRoot: fromHex(proof.firstRoot), secondRoot: fromHex(proof.secondRoot) },
      };
      expect(verifyConsistency(claim)).toBe(true);
      const other = { ...claim, firstRoot: new Uint8Array(32).fill(1) };
      expect(verifyConsistency(other)).toBe(false);
    }
    for (const [first, second] of [
      [2, 1],
      [1, size + 1],
    ] as const) {
      const call = ada.api.proveAuditConsistency({ organization, first, second });
      expect(await refusal(call)).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
  });

  it('exports a bundle that holds without the server, and tells in the log that it was read', async () => {
    const text = await bundleOf(ada);
    expect(await reportOf(text, await trusted())).toMatchObject({ holds: true, log: ours });
    const [event] = await installation.store.listAudit({ organizationId: installation.organization.id, limit: 1 });
    expect(event).toMatchObject({
      code: 'audit.exported',
      principal: { userName: 'ada@example.com' },
      details: { operation: 'exportAuditBundle' },
    });
    async function* pieces() {
      yield text.slice(0, -20);
    }
    await expect(verifyLog(readLines(pieces()))).rejects.toMatchObject({ code: 'ERR_AUDIT_BUNDLE_MALFORMED' });
  });

  it('SEC-G11 takes the permission on the whole organization, whatever somebody sees of its clusters', async () => {
    const { snapshots, store } = installation;
    const auditor = snapshots.current().find('Role', 'auditor', installation.organization.id);
    const session = snapshots.current().loginSessions.get(vera.sessionId);
    const cluster = await addCluster(installation, 'prod');
    const binding = createId('binding');
    const bind = async (scope: Parameters<typeof putBinding>[1]['scope']) => {
      const subjects = [{ kind: 'principal', id: session?.principalId as never }] as const;
      const row = { id: binding, organizationId: installation.organization.id, roleId: auditor?.id as RoleId };
      await store.transact((tx) => putBinding(tx, { ...row, subjects, scope }));
      await snapshots.refresh();
    };
    await bind({ kind: 'clusters', clusterIds: [cluster.id] });
    for (const line of [vera, nobody]) {
      for (const call of calls(line, organization)) {
        expect(await refusal(call())).toMatchObject({ status: 403, code: 'ERR_API_FORBIDDEN' });
      }
    }
    await store.transact((tx) => tx.remove('Binding', binding));
    await bind({ kind: 'organization' });
    for (const call of calls(vera, organization)) await expect(call()).resolves.toBeDefined();
    // The log of the installation is another one's still.
    for (const call of calls(vera, organization, 'installation')) {
      expect(await refusal(call())).toMatchObject({
        status: 403,
        detail: expect.stringContaining('installation.read'),
      });
    }
    await store.transact((tx) => tx.remove('Binding', binding));
    await snapshots.refresh();
  });

  it('SEC-B07 another organization is as one that does not exist', async () => {
    for (const call of calls(ada, 'other')) {
      expect(await refusal(call())).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
  });

  it('has a log of its own for what belongs to no organization, for administrators of the installation', async () => {
    const { organization: own, snapshots, store } = installation;
    for (const call of calls(ada, organization, 'installation')) {
      expect(await refusal(call())).toMatchObject({ status: 403, code: 'ERR_API_FORBIDDEN' });
    }
    const role = snapshots.current().find('Role', 'installation-admin', own.id);
    const { principal } = await ada.api.whoAmI();
    await store.transact((tx) =>
      putBinding(tx, {
        ...{ id: createId('binding'), organizationId: own.id, roleId: role?.id as RoleId },
        subjects: [{ kind: 'principal', id: principal.id }],
        scope: { kind: 'installation' },
      }),
    );
    await snapshots.refresh();
    const event = anAuditEvent();
    await store.appendAudit([event]);
    await indexAndSign(store, signer);
    const log = 'installation' as const;
    const proof = await ada.api.proveAuditEvent({ organization, id: event.id, log });
    expect(proof.log).toBe('installation');
    expect(await verdictOf(proof)).toMatchObject({ isProved: true });
    // Each event is in one log.
    expect(await refusal(aProof(event.id))).toMatchObject({ status: 404 });
    expect(await refusal(ada.api.proveAuditEvent({ organization, id: ids[0] ?? '', log }))).toMatchObject({
      status: 404,
    });
    expect((await ada.api.getAuditCheckpoint({ organization, log })).note).toMatch(/\/audit\/installation\n/);
    expect(await reportOf(await bundleOf(ada, log), await trusted())).toMatchObject({ holds: true, log });
    expect((await ada.api.listAuditCheckpoints({ organization, log })).items.length).toBeGreaterThan(0);
    expect(await ada.api.getAuditTile({ organization, level: '0', index: '0', log })).toMatchObject({ level: 0 });
  });

  it('SEC-G02 goes on over a rotation of its key: what the former one signed is proved, and what it signs later is not', async () => {
    const { store } = installation;
    const context = { store, clock: keyClock };
    const [former] = await listed();
    const kept = await ada.api.getAuditCheckpoint({ organization });
    const stolen = roots.auditCheckpointKeys()[0];

    // Announced: published, so that witnesses know it, and not signing yet.
    await rotateKey(context, PURPOSE, 'now');
    await roots.refresh();
    const announced = await listed();
    expect(announced.map(({ key }) => key)).toEqual([former?.key, expect.not.stringContaining(former?.keyId ?? '')]);
    await grow(3);
    const formerKeys = [parseNoteKey(former?.key ?? '')];
    expect(openCheckpoint((await ada.api.getAuditCheckpoint({ organization })).note, formerKeys)).toBeDefined();

    // Signing: the former one is published for ever, with the end of its time.
    keyClock.advance(MIN_ANNOUNCE_MS + 1_000);
    await advanceKeys(context, PURPOSE);
    await roots.refresh();
    const [later = ''] = await grow(3);
    const rotated = await listed();
    expect(rotated.map(({ key, signsUntil }) => [key, signsUntil !== undefined])).toEqual([
      [announced[0]?.key, true],
      [announced[1]?.key, false],
    ]);
    const newest = await ada.api.getAuditCheckpoint({ organization });
    expect(openCheckpoint(newest.note, formerKeys)).toBeUndefined();
    expect(openCheckpoint(newest.note, await trusted())?.size).toBe(newest.size);
    expect(openCheckpoint(kept.note, await trusted())?.size).toBe(kept.size);
    const whole = await reportOf(await bundleOf(ada), await trusted());
    expect(whole).toMatchObject({ holds: true });
    const { proof, firstRoot, secondRoot } = await ada.api.proveAuditConsistency({
      ...{ organization, first: kept.size, second: newest.size },
    });
    expect(fromHex(firstRoot)).toEqual(parseCheckpoint(parseNote(kept.note).text).root);
    expect(
      verifyConsistency({
        ...{ first: kept.size, second: newest.size, proof: proof.map(fromHex) },
        ...{ firstRoot: fromHex(firstRoot), secondRoot: fromHex(secondRoot) },
      }),
    ).toBe(true);

    // Gone from the server, it is published still, and proves what it proved.
    keyClock.advance(OVERLAP_MS + 1_000);
    await advanceKeys(context, PURPOSE);
    await roots.refresh();
    expect(roots.auditCheckpointKeys()).toHaveLength(1);
    expect((await listed()).map(({ key }) => key)).toEqual(rotated.map(({ key }) => key));
    expect(await verdictOf(await aProof(later))).toMatchObject({ isProved: true });

    // Whoever kept it can't sign what happened afterwards.
    const thief = createCheckpointSigner({ publicUrl: installation.publicUrl, keys: () => [stolen] });
    const hourLater = new Date(Date.now() + 3_600_000);
    const [forged = ''] = await grow(2, hourLater, {
      sign: (...given) => ({ ...thief.sign(...given), key: signer.keys()[0] as NoteKey }),
      keys: signer.keys,
    });
    expect(await verdictOf(await aProof(forged))).toMatchObject({
      ...{ isProved: false, failure: 'forgedCheckpoint', message: expect.stringContaining('signed until') },
    });
    expect(await reportOf(await bundleOf(ada), await trusted())).toMatchObject({
      holds: false,
      findings: [{ kind: 'forgedCheckpoint', at: hourLater.toISOString() }],
    });
  });
});
