/** Those who work: their logins, which they renew now and then, and the credentials for the cluster that these give them. */
import type { Person } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, type Installation, ORGANIZATION, type Site } from './installation.ts';

/** Somebody who is signed in, whatever happens to servers. */
export interface Worker {
  readonly email: string;
  /** A live credential for the cluster. Minted anew when the one at hand is old, by whichever server there is. */
  token(site: Site): Promise<string>;
  /** Renews the login by a server, as the command line does before each of its commands when that is due. */
  renew(site: Site): Promise<void>;
  /** Signs in once more: a login session of its own. */
  logIn(site: Site): Promise<void>;
  /** The REST API by a server. */
  api(site: Site): Promise<Person['api']>;
  /** From now on nothing of before is used: somebody has ended it. */
  forget(): void;
}

/** Age at which a credential is replaced, in milliseconds: it lives for ten minutes. */
const CREDENTIAL_MS = 60_000;
/** Age at which a login is renewed: its access token lives for minutes. */
const LOGIN_MS = 120_000;
const PATIENCE_MS = 120_000;

/** Makes somebody who can sign in. */
export function createWorker(installation: Installation, email: string): Worker {
  let login: { readonly person: Person; renewedAt: number } | undefined;
  let credential: { readonly token: string; readonly at: number } | undefined;

  async function logIn(site: Site): Promise<Person> {
    const person = await installation.logIn(site, email);
    login = { person, renewedAt: performance.now() };
    credential = undefined;
    return person;
  }

  async function renew(site: Site): Promise<Person> {
    const known = login;
    if (known === undefined) return logIn(site);
    // What was refused once, or cut in the middle, is used up: the next one signs in.
    login = undefined;
    await known.person.refresh(site.fetch);
    login = { person: known.person, renewedAt: performance.now() };
    return known.person;
  }

  const current = (site: Site): Promise<Person> =>
    login !== undefined && performance.now() - login.renewedAt < LOGIN_MS ? Promise.resolve(login.person) : renew(site);

  return {
    email,
    async token(site) {
      if (credential !== undefined && performance.now() - credential.at < CREDENTIAL_MS) return credential.token;
      const mint = async () => {
        const person = await current(site);
        const target = { organization: ORGANIZATION, name: CLUSTER };
        return (await person.over(site.fetch).mintKubeCredential(target)).token;
      };
      const what = `${email} has a credential`;
      const token = await awaitCondition(mint, { what, timeoutMs: PATIENCE_MS, everyMs: 200 });
      credential = { token, at: performance.now() };
      return token;
    },
    renew: async (site) => void (await renew(site)),
    logIn: async (site) => void (await logIn(site)),
    api: async (site) => (await current(site)).over(site.fetch),
    forget() {
      login = undefined;
      credential = undefined;
    },
  };
}
