import { Flags } from '@oclif/core';
import { CliError } from '../errors.ts';

const CEILINGS = ['view', 'edit', 'admin', 'cluster-admin'] as const;

/** A ClusterRole that people may be given in a cluster. */
export type Ceiling = (typeof CEILINGS)[number];

/** Flags of the commands that print an install manifest. */
export const manifestFlags = {
  ceiling: Flags.string({
    summary: 'ClusterRoles that people may be given there, separated by commas',
    helpValue: CEILINGS.join(','),
    default: 'view,edit,admin',
  }),
  image: Flags.string({ summary: 'image of the agent; one of this version by default', helpValue: 'IMAGE' }),
  'token-lifetime': Flags.string({
    summary: 'how long the join token is good, up to 7d; 1h by default',
    helpValue: '1h',
  }),
  output: Flags.option({
    char: 'o',
    summary: 'form of the manifest; helm prints the values of the chart sallyport-agent instead',
    options: ['yaml', 'json', 'helm'] as const,
    default: 'yaml',
  })(),
};

/** What {@link manifestFlags} parse to. */
export interface ManifestChoice {
  readonly ceiling: string;
  readonly image: string | undefined;
  readonly 'token-lifetime': string | undefined;
  readonly output: 'yaml' | 'json' | 'helm';
}

/**
 * Reads the value of `--ceiling`.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function readCeiling(text: string): Ceiling[] {
  return text.split(',').map((part) => {
    const role = CEILINGS.find((known) => known === part.trim());
    if (role !== undefined) return role;
    throw usage(`${JSON.stringify(part)} is no ceiling`, `Choose from ${CEILINGS.join(', ')}.`);
  });
}

/**
 * Reads values of `--label`.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function readLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw usage(`${JSON.stringify(text)} is no label`, 'Write --label KEY=VALUE.');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function usage(message: string, nextStep: string): CliError {
  return new CliError({ code: 'ERR_CLI_USAGE', message, nextStep });
}
