import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';
import { Credentials } from './credentials.tsx';
import { Factors } from './factors.tsx';
import { LoginSessions } from './login-sessions.tsx';

/** The reader's own account: who they are here, where they are signed in, what they sign in with, which credentials live. */
export function AccountPage() {
  const { me, session } = useSignedIn();
  return (
    <Page title="Account">
      <div className="flex max-w-[880px] flex-col gap-7 py-6">
        <section className="flex flex-col gap-3 px-6 max-md:px-4">
          <h2 className="text-body font-semibold">You</h2>
          <Facts
            facts={[
              ['Name', <bdi key="name">{session.principal.displayName}</bdi>],
              ['User name', <bdi key="user">{session.principal.userName}</bdi>],
              ['Organization', <bdi key="organization">{session.organization.name}</bdi>],
              ...(me === undefined
                ? []
                : ([
                    ['Groups', <bdi key="groups">{me.principal.groups.join(', ') || 'none'}</bdi>],
                    ['Signed in until', <Time key="until" at={me.loginSession.expiresAt} />],
                  ] as const)),
            ]}
          />
        </section>
        <LoginSessions />
        <Credentials />
        <Factors />
        <div className="px-6 max-md:px-4">
          <SameAs command="sallyport login-sessions list" />
        </div>
      </div>
    </Page>
  );
}
