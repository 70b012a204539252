import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Action } from '../../api/kube/may.ts';
import { paths } from '../../app/paths.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { type May, useBrowsed, useRequestableRole } from './use-kube.ts';

/** An action that the reader may do, or one with a lock that leads to asking for it. What can't be had is not shown. */
export function Offered({
  allowed,
  action,
  namespace,
  what,
  icon,
  isDanger = false,
  onClick,
  children,
}: {
  readonly allowed: ReturnType<May>;
  /** What would be asked for, of all objects of the kind. */
  readonly action: Omit<Action, 'name'>;
  readonly namespace: string | undefined;
  /** For whom can't see the lock: "open a shell". */
  readonly what: string;
  readonly icon?: ReactNode;
  readonly isDanger?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  const { name } = useBrowsed();
  const role = useRequestableRole(action, namespace, allowed === 'no');
  if (allowed !== 'no') {
    return (
      <Button size="small" kind={isDanger ? 'danger' : 'secondary'} icon={icon} onClick={onClick}>
        {children}
      </Button>
    );
  }
  if (role === undefined || role === null) return null;
  return (
    <LinkButton
      size="small"
      href={paths.newRequest({ cluster: name, ...(namespace !== undefined && { namespace }), role })}
      title={`You may not ${what} here. The role ${role} may; request it.`}
      icon={<Lock size={12} strokeWidth={1.6} aria-label="Request access:" role="img" />}
    >
      {children}
    </LinkButton>
  );
}
