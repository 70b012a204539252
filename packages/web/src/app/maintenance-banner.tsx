import { Notice } from '../ui/notice.tsx';
import { useSignedIn } from './signed-in.tsx';

/** What the installation has everyone read, above every page. */
export function MaintenanceBanner() {
  const maintenance = useSignedIn().me?.maintenance;
  if (maintenance === undefined) return null;
  return (
    <Notice
      role="status"
      kind={maintenance.severity === 'warning' ? 'warn' : 'info'}
      className="!rounded-none !border-x-0 !border-t-0"
    >
      <bdi>{maintenance.message}</bdi>
    </Notice>
  );
}
