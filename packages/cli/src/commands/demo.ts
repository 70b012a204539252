import { join, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { silentLogger } from '@sallyport/core';
import { BaseCommand } from '../base-command.ts';
import type { Demo } from '../demo/demo.ts';
import { createLineLogger } from '../output/line-logger.ts';
import { neutralise } from '../output/neutralise.ts';

/** `sallyport demo` */
export default class DemoCommand extends BaseCommand {
  static override summary = 'Run a whole installation on this machine: identity provider, server, agent and cluster.';
  static override flags = {
    kubeconfig: Flags.string({ summary: 'stand before this cluster instead of a made-up one', helpValue: 'FILE' }),
    state: Flags.string({ summary: 'folder that keeps people, passwords and keys over a restart', helpValue: 'DIR' }),
    port: Flags.integer({ summary: 'port on 127.0.0.1; 7443 by default, 0 takes a free one', min: 0, max: 65_535 }),
    json: Flags.boolean({ summary: 'print one line of JSON when ready, and logs on stderr' }),
    check: Flags.boolean({ summary: 'check the demo end to end and stop' }),
  };
  static override examples = ['sallyport demo', 'sallyport demo --kubeconfig ~/.kube/config --port 8443'];

  async run(): Promise<void> {
    const { flags } = await this.parse(DemoCommand);
    const { context } = this;
    const signal = context.interruptSignal();
    const { startDemo } = await import('../demo/demo.ts');
    const { describeDemo, reportDemo } = await import('../demo/demo-report.ts');
    const { resolveHome } = await import('../state/home.ts');
    if (!flags.json) this.note('Starting the demo. The first start takes some seconds longer.');
    const demo = await startDemo(context, {
      stateFolder:
        flags.state === undefined ? join(resolveHome(context).folder, 'demo') : resolve(context.cwd, flags.state),
      ...(flags.port !== undefined && { port: flags.port }),
      logger: flags.json ? createLineLogger(context.stderr, context.clock) : silentLogger,
      signal,
      ...(flags.kubeconfig !== undefined && { kubeconfig: resolve(context.cwd, flags.kubeconfig) }),
    });
    try {
      const report = reportDemo(demo);
      if (flags.json) this.data(`${JSON.stringify(report)}\n`);
      else if (!flags.check) this.note(describeDemo(report, demo.upstream));
      if (flags.check) await this.#check(demo, flags.json, signal);
      else await Promise.race([demo.failed, untilAborted(signal)]);
    } finally {
      await demo.close();
    }
  }

  async #check(demo: Demo, isJson: boolean, signal: AbortSignal) {
    const { checkDemo } = await import('../demo/check.ts');
    await checkDemo(this.context, {
      demo,
      signal,
      onCheck: ({ name, isPassed, detail }) => {
        const line = `${isPassed ? 'ok    ' : 'FAILED'} ${name}: ${neutralise(detail)}`;
        if (isJson) this.note(line);
        else this.data(`${line}\n`);
      },
    });
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
