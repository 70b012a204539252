import { Plus } from 'lucide-react';
import { paths } from '../../app/paths.ts';
import { LinkButton } from '../../ui/button.tsx';

export const HOME_TITLE = 'My access';

/** What can be done from home, at the right of its bar. */
export function HomeActions() {
  return (
    <LinkButton
      kind="primary"
      href={paths.newRequest()}
      keyCap="R"
      icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
    >
      Request access
    </LinkButton>
  );
}
