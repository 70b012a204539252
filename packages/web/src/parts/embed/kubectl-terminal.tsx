import { useRef } from 'react';
import { TerminalPane } from '../terminal/terminal-pane.tsx';
import { PartFrame, type PartProps } from './part-frame.tsx';

/** What {@link KubectlTerminal} takes. */
export interface KubectlTerminalProps extends PartProps {
  /** Name of the cluster. Another name is another terminal; the one before is ended. */
  readonly cluster: string;
  /** A line that stands at the first prompt. It waits until the person presses Enter. */
  readonly command?: string;
  /** Told once the terminal has ended, with the reason in words. */
  readonly onEnd?: (reason: string) => void;
}

/**
 * A terminal with kubectl, which the server runs under the reader's own rights: commands are audited and shells recorded, as those of
 * any kubectl. It ends when the part is taken away. It takes the height that it is given.
 */
export function KubectlTerminal({ label, className, cluster, command = '', onEnd }: KubectlTerminalProps) {
  const history = useRef<string[]>([]);
  const hasEnded = useRef(false);
  return (
    <PartFrame label={label ?? `kubectl on ${cluster}`} {...(className !== undefined && { className })}>
      <TerminalPane
        key={cluster}
        cluster={cluster}
        preset={command}
        history={history.current}
        isShown
        onState={({ kind, note }) => {
          if (kind === 'ended' && !hasEnded.current) onEnd?.(note ?? '');
          hasEnded.current = kind === 'ended';
        }}
      />
    </PartFrame>
  );
}
