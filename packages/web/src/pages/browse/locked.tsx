import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { paths } from '../../app/paths.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import type { May } from './use-kube.ts';
import { useBrowsed } from './use-kube.ts';

/** An action that the reader may do, or one with a lock that leads to asking for it. */
export function Offered({
  allowed,
  namespace,
  what,
  icon,
  isDanger = false,
  onClick,
  children,
}: {
  readonly allowed: ReturnType<May>;
  readonly namespace: string | undefined;
  /** For whom can't see the lock: "open a shell". */
  readonly what: string;
  readonly icon?: ReactNode;
  readonly isDanger?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  const { name } = useBrowsed();
  if (allowed !== 'no') {
    return (
      <Button size="small" kind={isDanger ? 'danger' : 'secondary'} icon={icon} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <LinkButton
      size="small"
      href={paths.newRequest({ cluster: name, ...(namespace !== undefined && { namespace }) })}
      title={`You may not ${what} here. Request a role that may.`}
      icon={<Lock size={12} strokeWidth={1.6} aria-label="Request access:" role="img" />}
    >
      {children}
    </LinkButton>
  );
}
