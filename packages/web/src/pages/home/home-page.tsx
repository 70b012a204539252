import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { grantsQuery } from '../access/queries.ts';
import { OpenNow } from './open-now.tsx';

/** Home: what is open, where one can go, what one did; at the right what waits. */
export function HomePage() {
  const { api, organization } = useSignedIn();
  const grants = useQuery(grantsQuery(api, organization, { view: 'mine', state: 'active,scheduled' }));
  return (
    <Page
      title="My access"
      actions={
        <LinkButton
          kind="primary"
          href={paths.newRequest()}
          keyCap="R"
          icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
        >
          Request access
        </LinkButton>
      }
    >
      <Answered query={grants} label="Reading your grants">
        {({ items }) => <OpenNow grants={items} />}
      </Answered>
    </Page>
  );
}
