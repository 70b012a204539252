import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { createPageQueries } from '../../app/query-client.ts';
import { useLiveChanges } from '../../app/use-live-changes.ts';
import { type Navigation, NavigationProvider } from '../../ui/navigation.ts';
import { PartsHostProvider } from '../host.ts';
import type { ServerClient } from './server-client.ts';

/** Which colours parts have: those that the system asks for, or always the same. */
export type PartTheme = 'system' | 'light' | 'dark';

/** What {@link SallyportProvider} gives to the parts below it. */
export interface SallyportProviderProps {
  /** Made by `createServerClient`. Another object is another person: nothing that was read by the one before is kept. */
  readonly client: ServerClient;
  /** Name of the organization that parts are about. */
  readonly organization: string;
  /** Default `system`. */
  readonly theme?: PartTheme;
  /**
   * Where links of parts lead, for a path of the server's own web UI, e.g. `/clusters/prod-eu`. Default: to that page on the server.
   * A portal with a page of its own for it answers that page's address.
   */
  readonly linkTo?: (path: string) => string;
  readonly children: ReactNode;
}

const ThemeContext = createContext<PartTheme>('system');

/** The theme that was given to parts. */
export const usePartTheme = (): PartTheme => useContext(ThemeContext);

/**
 * Gives the parts below it their server, and one cache for what that says, which is asked again as soon as the server tells that others
 * have changed something. It draws nothing itself.
 */
export function SallyportProvider(props: SallyportProviderProps) {
  const { client, organization, theme = 'system', linkTo, children } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was read for others is theirs.
  const queries = useMemo(createPageQueries, [client, organization]);
  const navigation = useMemo<Navigation>(
    () => ({ resolve: linkTo ?? ((path) => `${client.baseUrl}${path}`) }),
    [client, linkTo],
  );
  return (
    <ThemeContext value={theme}>
      <NavigationProvider value={navigation}>
        <QueryClientProvider client={queries}>
          <WithReader client={client} organization={organization}>
            {children}
          </WithReader>
        </QueryClientProvider>
      </NavigationProvider>
    </ThemeContext>
  );
}

function WithReader({
  client,
  organization,
  children,
}: Pick<SallyportProviderProps, 'client' | 'organization' | 'children'>) {
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => client.api.whoAmI({}, { signal }),
    refetchInterval: 15_000,
  });
  useLiveChanges(client, me.data !== undefined);
  const host = useMemo(() => ({ ...client, organization, me: me.data }), [client, organization, me.data]);
  return <PartsHostProvider value={host}>{children}</PartsHostProvider>;
}
