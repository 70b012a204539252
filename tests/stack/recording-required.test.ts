import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run, start, temporaryFolder } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { listRecordings, marksOf, recordingOf, setClusterSettings, streamOf, told } from './recordings.ts';
import { type Stack, startStack } from './stack.ts';

const TICKING = 'while true; do echo tick; sleep 1; done';

// A folder that is a file takes no chunks: the store fails as a disk does that is full or gone.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  describe.skipIf(lacks(version))(`terminals of ${version} that must be recorded`, () => {
    const folder = join(temporaryFolder(), 'recordings');
    let stack: Stack;
    let closeCluster: () => Promise<void>;
    let kubeconfig: string;
    const words = (given: readonly string[]) => ['--kubeconfig', kubeconfig, ...given];
    const kubectl = (given: readonly string[], input = '') => run(part(version), words(given), { input });
    const away = `${folder}-away`;
    const breakStore = () => {
      renameSync(folder, away);
      writeFileSync(folder, 'in the way');
    };
    const mendStore = () => {
      rmSync(folder);
      renameSync(away, folder);
    };

    beforeAll(async () => {
      const fake = await startFakeCluster();
      closeCluster = () => fake.cluster.close();
      stack = await startStack({ kubeconfig: fake.kubeconfig, config: { recordings: { store: 'file', folder } } });
      kubeconfig = await stack.kubeconfig('admin');
      const made = await kubectl(['run', 'web', '--image=busybox', '--', 'sh', '-c', TICKING]);
      expect(made.code, made.stderr).toBe(0);
      await setClusterSettings(stack, { requireRecording: true, recordStdin: true });
    }, 120_000);
    afterAll(async () => {
      await stack?.close();
      await closeCluster?.();
    });

    it('hold what was printed and, as the settings say, what was typed', async () => {
      const { session, cast } = await recordingOf(stack, 'exec', () =>
        kubectl(['exec', '-i', 'web', '--', 'cat'], 'hello\n'),
      );
      expect(session).toMatchObject({ isRequired: true, hasStdin: true, state: 'complete', exitCode: 0 });
      expect(streamOf(cast.events, 'stdin').toString()).toBe('hello\n');
      expect(streamOf(cast.events, 'stdout').toString()).toBe('hello\n');
    }, 60_000);

    it.each([
      ['exec', ['exec', 'web', '--', 'touch', '/tmp/was-run']],
      ['attach', ['attach', 'web']],
    ])(
      'SEC-C11 do not open by %s when nothing can be stored, and say so',
      async (_, given) => {
        const before = await listRecordings(stack);
        breakStore();
        const refused = await kubectl(given);
        mendStore();
        expect([refused.code, refused.stdout]).toEqual([1, '']);
        expect(refused.stderr).toContain('terminals must be recorded here, and this one can not be');
        expect(refused.stderr).toContain('ERR_PROXY_RECORDING_UNAVAILABLE');
        expect((await listRecordings(stack)).length).toBe(before.length);
        const left = await kubectl(['exec', 'web', '--', 'ls', '/tmp']);
        expect(left.stdout).not.toContain('was-run');
      },
      60_000,
    );

    it.each([
      ['exec', ['exec', 'web', '--', 'sh', '-c', TICKING]],
      ['attach', ['attach', 'web']],
    ] as const)(
      'SEC-C11 end by themselves, by %s, once nothing can be stored any more, with the reason',
      async (kind, given) => {
        const { session, cast, result } = await recordingOf(stack, kind, async () => {
          const ticking = start(part(version), words(given), { input: '' });
          // By the third one, the chunk with the first is closed and stored.
          await ticking.saw(/tick\ntick\ntick/);
          breakStore();
          const brokenAt = Date.now();
          const outcome = await ticking.ended;
          const tookMs = Date.now() - brokenAt;
          mendStore();
          return { ...outcome, tookMs };
        });
        expect(result.code).toBe(1);
        expect(result.stderr).toContain('the recording could not be stored any longer, so the session was ended');
        expect(result.stderr).toContain('ERR_PROXY_RECORDING_FAILED');
        // The chunk that fails is closed within a second, and given up within two of that.
        expect(result.tookMs).toBeLessThan(3_500);
        expect(session).toMatchObject({ state: 'incomplete', reason: 'it could not be stored' });
        // What was stored before stays, and is the beginning of what was printed.
        const stored = streamOf(cast.events, 'stdout').toString();
        expect(stored).not.toBe('');
        expect(result.stdout.startsWith(stored)).toBe(true);
        expect(marksOf(cast.events)).toEqual([]);
        await told(stack, session, [
          'session.recording.started',
          'session.recording.interrupted',
          'proxy.request.completed',
        ]);
      },
      60_000,
    );

    it('carry port-forwards and what is no terminal, which need no recording', async () => {
      breakStore();
      const got = await kubectl(['get', 'pods', '-o', 'name']);
      mendStore();
      expect([got.code, got.stdout]).toEqual([0, 'pod/web\n']);
    });
  });
}
