import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport kube proxy` */
export default class KubeProxy extends BaseCommand {
  static override summary =
    'Carry requests of local programs to a cluster, for those that can’t run a credential plugin.';
  static override description =
    'Listens on this machine only, until it is stopped by a signal, and prints a kubeconfig for it. Requests need the token of the run, as the first segment of the path or as a bearer token; with --unix-socket the rights of the file take its place. Requests go out under your own credential, which is renewed silently.';
  static override flags = {
    cluster: Flags.string({ summary: 'name of the cluster', helpValue: 'NAME' }),
    port: Flags.integer({ summary: 'port to listen on; 0 takes a free one', default: 8001, min: 0, max: 65_535 }),
    listen: Flags.string({ summary: 'address to listen on', helpValue: 'ADDRESS', default: '127.0.0.1' }),
    'unix-socket': Flags.string({
      summary: 'socket to listen on instead, which only you may open',
      helpValue: 'FILE',
      exclusive: ['kubeconfig', 'token', 'allow-remote'],
    }),
    'accept-host': Flags.string({
      summary: 'further host name that requests may be for; may be repeated',
      helpValue: 'NAME',
      multiple: true,
      default: [],
    }),
    token: Flags.boolean({
      summary: 'demand the token of the run; without it every program on this machine may act as you',
      default: true,
      allowNo: true,
    }),
    'allow-remote': Flags.boolean({ summary: 'listen where other machines reach it; the token travels in clear' }),
    kubeconfig: Flags.string({ summary: 'write the kubeconfig to this file while it runs', helpValue: 'FILE' }),
    ...sessionFlags,
  };
  static override examples = [
    'sallyport kube proxy --cluster prod-eu --kubeconfig ./proxy.kubeconfig',
    'sallyport kube proxy --unix-socket ./kube.sock',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeProxy);
    const { runProxy } = await import('../../kube-proxy/run-proxy.ts');
    const { context } = this;
    const inFolder = (file: string) => resolve(context.cwd, file);
    const socket = flags['unix-socket'];
    await runProxy(context, {
      server: flags.server,
      profile: flags.profile,
      ...(flags.cluster !== undefined && { cluster: flags.cluster }),
      listen: socket === undefined ? { host: flags.listen, port: flags.port } : { socket: inFolder(socket) },
      isExposed: flags['allow-remote'],
      needsToken: socket === undefined && flags.token,
      acceptHosts: flags['accept-host'].map((name) => name.toLowerCase()),
      ...(flags.kubeconfig !== undefined && { kubeconfig: inFolder(flags.kubeconfig) }),
      signal: context.interruptSignal(),
      onReady: ({ cluster, userName, at, kubeconfig }) => {
        this.note(`Carrying requests to ${cluster} as ${userName}, at ${at}. Ctrl+C ends it.`);
        if (kubeconfig !== undefined) this.data(kubeconfig);
      },
      onFailure: (line) => this.note(line),
    });
  }
}
