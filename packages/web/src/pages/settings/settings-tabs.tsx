import type { PlatformPermission } from '@sallyport/core/api';
import { mayAnywhere } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Tabs } from '../../ui/tabs.tsx';

/** Parts of the settings. */
export type SettingsPart =
  | 'settings'
  | 'projects'
  | 'organizations'
  | 'channels'
  | 'sinks'
  | 'retention'
  | 'holds'
  | 'keys'
  | 'installation';

const PARTS: readonly {
  readonly part: SettingsPart;
  readonly label: string;
  readonly href: string;
  /** Shown to whoever holds it somewhere. Absent: to everybody who sees the settings. */
  readonly needs?: PlatformPermission;
}[] = [
  { part: 'settings', label: 'Access', href: paths.settings() },
  { part: 'projects', label: 'Projects', href: paths.organization({ kind: 'project' }) },
  { part: 'organizations', label: 'Organization', href: paths.organization() },
  { part: 'channels', label: 'Notification channels', href: paths.notificationChannels() },
  { part: 'sinks', label: 'Audit sinks', href: paths.auditSinks() },
  { part: 'retention', label: 'Retention', href: paths.settings({ part: 'retention' }) },
  { part: 'holds', label: 'Legal holds', href: paths.settings({ part: 'holds' }) },
  { part: 'keys', label: 'Keys', href: paths.settings({ part: 'keys' }), needs: 'keys.read' },
  {
    part: 'installation',
    label: 'Installation',
    href: paths.settings({ part: 'installation' }),
    needs: 'installation.read',
  },
];

/** Tabs of the settings. */
export function SettingsTabs({ current }: { readonly current: SettingsPart }) {
  const { me } = useSignedIn();
  const parts = PARTS.filter(({ part, needs }) => needs === undefined || part === current || mayAnywhere(me, needs));
  return (
    <Tabs
      label="Settings"
      tabs={parts.map(({ part, label, href }) => ({ label, href, isCurrent: part === current }))}
    />
  );
}
