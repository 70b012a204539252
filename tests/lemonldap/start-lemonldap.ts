import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitCondition, type Program, part, start, temporaryFolder } from '../support/index.ts';

/** LemonLDAP::NG as an ordinary process on loopback, with its demonstration users (password = name). */
export interface Lemonldap {
  readonly issuer: string;
  /** Takes the given group rules into force, by a restart. Sessions and refresh tokens stay, as they do in a real one. */
  setGroups(groups: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** How {@link startLemonldap} sets the relying party up. */
export interface LemonldapOptions {
  /** `http://127.0.0.1:<a free port>`. */
  readonly issuer: string;
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  /** Groups by name, each with a rule in Perl, e.g. `$uid eq 'dwho'`. */
  readonly groups: Readonly<Record<string, string>>;
}

/** The relying party that it knows. */
export const CLIENT_ID = 'sallyport';
/** Its secret; hyphens are what not every provider decodes in a header. */
export const CLIENT_SECRET = 'a-secret-with-hyphens';

/** Starts LemonLDAP::NG on a port of 127.0.0.1: code + PKCE, refresh tokens of offline sessions, groups as a list. */
export async function startLemonldap(options: LemonldapOptions): Promise<Lemonldap> {
  const folder = temporaryFolder('lemonldap');
  const configurations = join(folder, 'conf');
  for (const each of ['conf', 'sessions/lock', 'persistent/lock']) mkdirSync(join(folder, each), { recursive: true });
  const iniFile = join(folder, 'lemonldap-ng.ini');
  writeFileSync(
    iniFile,
    `[all]\n[configuration]\ntype = File\ndirName = ${configurations}\n[portal]\nlanguages = en\n`,
  );
  const { issuer } = options;
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  let number = 0;
  let program: Program | undefined;

  async function run(groups: Readonly<Record<string, string>>): Promise<void> {
    number += 1;
    const content = configuration({ ...options, groups, folder, keys, number });
    writeFileSync(join(configurations, `lmConf-${number}.json`), JSON.stringify(content));
    program = start(
      'plackup',
      ['--host', '127.0.0.1', '--port', new URL(issuer).port, join(import.meta.dirname, 'portal.psgi')],
      { env: { LLNG_DEFAULTCONFFILE: iniFile, SALLYPORT_TEST_LEMONLDAP: part('lemonldap') } },
    );
    await awaitCondition(
      async () => {
        return (await fetch(`${issuer}/.well-known/openid-configuration`)).ok;
      },
      { what: 'LemonLDAP::NG answers', everyMs: 200 },
    );
  }

  await run(options.groups);
  return {
    issuer,
    async setGroups(groups) {
      await program?.stop();
      await run(groups);
    },
    stop: async () => {
      await program?.stop();
    },
  };
}

function configuration(
  options: LemonldapOptions & {
    readonly folder: string;
    readonly keys: { readonly publicKey: string; readonly privateKey: string };
    readonly number: number;
  },
): object {
  const { issuer, folder, keys } = options;
  const files = (name: string) => ({ Directory: join(folder, name), LockDirectory: join(folder, name, 'lock') });
  return {
    cfgNum: options.number,
    cfgVersion: '2.16.1',
    cfgDate: options.number,
    cfgAuthor: 'test',
    portal: `${issuer}/`,
    domain: '127.0.0.1',
    cookieName: 'lemonldap',
    securedCookie: 0,
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Null',
    registerDB: 'Null',
    captcha: '::Captcha::None',
    demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: files('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: files('persistent'),
    tokenUseGlobalStorage: 1,
    locationRules: {},
    macros: { _whatToTrace: '$uid' },
    whatToTrace: '_whatToTrace',
    groups: options.groups,
    portalDisplayResetPassword: 0,
    portalDisplayRegister: 0,
    portalDisplayCertificateResetByMail: 0,
    portalDisplayChangePassword: 0,
    loginHistoryEnabled: 0,
    notification: 0,
    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServicePrivateKeySig: keys.privateKey,
    oidcServicePublicKeySig: keys.publicKey,
    oidcServiceKeyIdSig: 'key-1',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataOptions: {
      sallyport: {
        oidcRPMetaDataOptionsClientID: CLIENT_ID,
        oidcRPMetaDataOptionsClientSecret: CLIENT_SECRET,
        oidcRPMetaDataOptionsRedirectUris: options.redirectUri,
        oidcRPMetaDataOptionsPostLogoutRedirectUris: options.postLogoutRedirectUri,
        oidcRPMetaDataOptionsBypassConsent: 1,
        oidcRPMetaDataOptionsIDTokenForceClaims: 1,
        oidcRPMetaDataOptionsRequirePKCE: 1,
        oidcRPMetaDataOptionsRefreshToken: 1,
        oidcRPMetaDataOptionsAllowOffline: 1,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsUserIDAttr: 'uid',
        oidcRPMetaDataOptionsLogoutBypassConfirm: 1,
      },
    },
    oidcRPMetaDataOptionsExtraClaims: { sallyport: { groups: 'groups' } },
    oidcRPMetaDataExportedVars: {
      sallyport: { groups: 'groups;string;always', email: 'mail', name: 'cn', preferred_username: 'uid' },
    },
  };
}
