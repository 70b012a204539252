import type { Discovery } from '@sallyport/core/api';
import { shellWord } from '../../parts/shell-word.ts';

/** One step from nothing to kubectl. */
export interface Step {
  readonly title: string;
  readonly explanation: string;
  /** A line for the terminal. */
  readonly command: string;
}

/**
 * The way from this page to kubectl, for the server that served it.
 * @param server its discovery document
 */
export function stepsFor({ publicUrl }: Pick<Discovery, 'publicUrl'>): readonly Step[] {
  return [
    {
      title: 'Sign in',
      explanation: 'Opens your browser and comes back by itself. Without a browser here, add --device.',
      command: `sallyport login ${shellWord(hostOf(publicUrl))}`,
    },
    {
      title: 'Get your clusters',
      explanation:
        'Writes one kubeconfig context for each cluster that you may reach, and makes one of them current. No secret is stored in it.',
      command: 'sallyport kube login --set-current',
    },
    {
      title: 'Work as usual',
      explanation: 'kubectl, k9s and Helm use the contexts as they are; short credentials are renewed silently.',
      command: 'kubectl get pods',
    },
  ];
}

/** What `sallyport login` takes: the host, with its port unless it is that of HTTPS. */
function hostOf(publicUrl: string): string {
  const url = new URL(publicUrl);
  return url.protocol === 'https:' ? url.host : url.origin;
}
