import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { createLineLogger } from '../../output/line-logger.ts';

const text = (summary: string, helpValue: string) => Flags.string({ summary, helpValue });

/** `sallyport agent run` */
export default class AgentRun extends BaseCommand {
  static override summary = 'Run the agent of a cluster until it is stopped by a signal.';
  static override description =
    'Flags win over the environment (SALLYPORT_AGENT_*), that over the file. Logs are lines of JSON on stderr. In a cluster the install manifest sets everything.';
  static override flags = {
    config: text('YAML file with the configuration', 'FILE'),
    server: text('URL of the server', 'URL'),
    'server-ca-file': text('PEM bundle with the CA of the server', 'FILE'),
    'cluster-id': text('id of the cluster that the agent is for', 'ID'),
    'capability-keys-file': text('JWK set of the capability signer', 'FILE'),
    'join-token-file': text('file with the join token', 'FILE'),
    'identity-directory': text('folder that keeps the identity', 'DIR'),
    'identity-secret': text('Secret that keeps the identity', 'NAMESPACE/NAME'),
    kubeconfig: text('kubeconfig of the API server, outside a cluster', 'FILE'),
    'kubeconfig-context': text('context of the kubeconfig', 'NAME'),
    ceiling: text('groups that may be impersonated, separated by commas', 'GROUPS'),
    proxy: text('HTTP proxy for the connections to the server', 'URL'),
    'proxy-user-name': text('user name for the proxy', 'NAME'),
    'proxy-password-file': text('file with the password for the proxy', 'FILE'),
    health: text('address of probes and metrics, or off', 'HOST:PORT'),
    'drain-timeout': text('time that open exchanges get when the agent stops', 'DURATION'),
  };

  async run(): Promise<void> {
    const { loadAgentConfig, runAgent } = await import('@sallyport/agent');
    const { env, stderr, clock } = this.context;
    // The agent reads its own flags, so that they mean the same here and in its image.
    const config = loadAgentConfig({ argv: this.argv, env });
    await runAgent(config, { clock, logger: createLineLogger(stderr, clock), signal: this.context.interruptSignal() });
  }
}
