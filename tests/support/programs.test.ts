import { describe, expect, it } from 'vitest';
import { awaitCondition, awaitExit, findPart, freePort, run, start, temporaryFolder } from './index.ts';

const node = process.execPath;

describe('run', () => {
  it('returns exit code, both outputs and takes stdin', async () => {
    const program = 'process.stdin.pipe(process.stdout); console.error("aside"); process.exitCode = 3';
    expect(await run(node, ['-e', program], { input: 'hello' })).toMatchObject({
      code: 3,
      signal: null,
      stdout: 'hello',
      stderr: 'aside\n',
    });
  });

  it('reports a program that does not exist as exit code 127', async () => {
    expect(await run('/nonexistent/program', [])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('ENOENT'),
    });
  });

  it('kills a program that takes longer than its bound', async () => {
    expect(await run(node, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 })).toMatchObject({
      signal: 'SIGKILL',
    });
  });
});

describe('start', () => {
  it('sees output while the program runs, and stops it', async () => {
    const program = start(node, ['-e', 'console.log("port", 4711); setInterval(() => {}, 1000)']);
    const [, port] = await program.saw(/port (\d+)/);
    expect(port).toBe('4711');
    expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
    await awaitExit(program.pid);
    expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
  });

  it('says what a program wrote when it ended too early', async () => {
    const program = start(node, ['-e', 'console.error("no such thing"); process.exit(2)']);
    await expect(program.saw(/ready/)).rejects.toThrow(/ended \(2\) before it wrote .*no such thing/s);
  });
});

describe('awaitCondition', () => {
  it('resolves with what the look found', async () => {
    let looks = 0;
    expect(await awaitCondition(() => (++looks === 3 ? 'found' : undefined), { what: 'third look', everyMs: 1 })).toBe(
      'found',
    );
  });

  it('names what it waited for, with the last error as the cause', async () => {
    const look = () => {
      throw new Error('not there');
    };
    await expect(awaitCondition(look, { what: 'the moon', timeoutMs: 20, everyMs: 5 })).rejects.toMatchObject({
      message: 'waited 20 ms in vain: the moon',
      cause: { message: 'not there' },
    });
  });
});

it('finds a free port and a private folder', async () => {
  expect(await freePort()).toBeGreaterThan(1023);
  expect(temporaryFolder('support')).toContain('sallyport-support-');
});

it('takes an empty variable for an absent part', () => {
  const before = process.env['SALLYPORT_TEST_POSTGRES_URL'];
  process.env['SALLYPORT_TEST_POSTGRES_URL'] = '';
  try {
    expect(findPart('postgres')).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env['SALLYPORT_TEST_POSTGRES_URL'];
    else process.env['SALLYPORT_TEST_POSTGRES_URL'] = before;
  }
});
