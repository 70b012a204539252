import { useSearch } from '../../app/use-search.ts';
import { AccessSettings } from './access-settings.tsx';
import { InstallationSettings } from './installation.tsx';
import { Keys } from './keys.tsx';
import { LegalHolds } from './legal-holds.tsx';
import { Retention } from './retention.tsx';

/** Settings: how access may be used, how long what is kept, and the keys. */
export function SettingsPage() {
  const [{ part }] = useSearch();
  if (part === 'retention') return <Retention />;
  if (part === 'holds') return <LegalHolds />;
  if (part === 'installation') return <InstallationSettings />;
  if (part === 'keys') return <Keys />;
  return <AccessSettings />;
}
