import { selectContext, updateKubeconfigFile } from '@sallyport/core/kubeconfig';
import { CliError } from '../errors.ts';
import { type FoundContext, findContexts } from './kubeconfig-files.ts';

/**
 * Makes a context of ours the current one, by the name of the context or of its cluster.
 * @throws CliError `ERR_CLI_CONTEXT_UNKNOWN` when there is none, `ERR_CLI_USAGE` when there are several
 */
export async function kubeUse(paths: readonly string[], name: string): Promise<FoundContext> {
  const contexts = await findContexts(paths);
  const byContext = contexts.filter((it) => it.name === name);
  const found = byContext.length > 0 ? byContext : contexts.filter((it) => it.owner.cluster === name);
  const [first, ...others] = found;
  if (first === undefined) {
    throw new CliError({
      code: 'ERR_CLI_CONTEXT_UNKNOWN',
      message: `the kubeconfig holds no context of ours for ${JSON.stringify(name.slice(0, 64))}`,
      nextStep: 'Run "sallyport kube list" for those there are, or "sallyport kube login" to write one.',
    });
  }
  if (others.length > 0) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${found.length} contexts are for a cluster ${JSON.stringify(name)}`,
      nextStep: `Say which: ${found.map((it) => it.name).join(', ')}.`,
    });
  }
  await updateKubeconfigFile(first.file, (text) => selectContext(text, first.name));
  return first;
}
