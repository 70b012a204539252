import assert from 'node:assert/strict';
import type { CredentialVerifier, KubeCredentialClaims } from '../credentials/index.ts';
import { isCodedError } from '../errors.ts';
import { createId } from '../ids.ts';

/** A verifier of credentials, with whatever issues those that it takes. */
export interface CredentialVerifierUnderTest {
  readonly verifier: CredentialVerifier;
  /** A token that says this, and lives for so long. */
  mint(claims: KubeCredentialClaims, lifetimeMs: number): Promise<string>;
  /** Moves the clock that the verifier goes by. */
  advance(ms: number): void;
}

/** One thing that every verifier must do. Free of any test runner: `run` rejects when it does not hold. */
export interface CredentialVerifierConformanceCase {
  readonly name: string;
  /** `setup` makes one with keys of its own each time. */
  run(setup: () => CredentialVerifierUnderTest | Promise<CredentialVerifierUnderTest>): Promise<void>;
}

const LIFE_MS = 60_000;

function someClaims(): KubeCredentialClaims {
  return {
    credentialId: createId('credential'),
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    organizationId: createId('organization'),
    clusterId: createId('cluster'),
  };
}

/** What the access proxy relies on, whoever vouches for people. */
export const credentialVerifierConformance: readonly CredentialVerifierConformanceCase[] = [
  {
    name: 'says of a token what it was minted for',
    run: async (setup) => {
      const { verifier, mint } = await setup();
      const claims = someClaims();
      const { issuedAt, expiresAt, ...said } = await verifier.verify(await mint(claims, LIFE_MS));
      assert.deepEqual(said, claims);
      assert.ok(issuedAt < expiresAt, 'a credential ends after it began');
    },
  },
  {
    name: 'takes a token of a machine, which has no login session',
    run: async (setup) => {
      const { verifier, mint } = await setup();
      const { loginSessionId: _, ...claims } = someClaims();
      const said = await verifier.verify(await mint(claims, LIFE_MS));
      assert.equal(said.loginSessionId, undefined);
      assert.equal(said.principalId, claims.principalId);
    },
  },
  {
    name: 'knows without a wait only what it has verified, and only while that lives',
    run: async (setup) => {
      const { verifier, mint, advance } = await setup();
      const [token, other] = [await mint(someClaims(), LIFE_MS), await mint(someClaims(), LIFE_MS)];
      assert.equal(verifier.peek(token), undefined);
      const verified = await verifier.verify(token);
      const known = verifier.peek(token);
      // Remembering is not asked for; remembering right is.
      if (known !== undefined) assert.deepEqual(known, verified);
      assert.equal(verifier.peek(other), undefined);
      advance(LIFE_MS);
      assert.equal(verifier.peek(token), undefined);
    },
  },
  {
    name: 'refuses a token whose life has ended, also one that it took before',
    run: async (setup) => {
      const { verifier, mint, advance } = await setup();
      const token = await mint(someClaims(), LIFE_MS);
      await verifier.verify(token);
      advance(LIFE_MS);
      await refuses(verifier, token, 'ERR_CREDENTIAL_EXPIRED');
    },
  },
  {
    name: 'refuses a token in which anything was changed',
    run: async (setup) => {
      const { verifier, mint } = await setup();
      const token = await mint(someClaims(), LIFE_MS);
      await verifier.verify(token);
      for (let at = 0; at < token.length - 1; at += 7) {
        const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        await refuses(verifier, changed);
      }
      await refuses(verifier, token.slice(0, -8));
    },
  },
  {
    name: 'refuses a token of somebody else, and what is no token',
    run: async (setup) => {
      const [ours, theirs] = [await setup(), await setup()];
      await refuses(ours.verifier, await theirs.mint(someClaims(), LIFE_MS));
      for (const text of ['', ' ', '.', '..', 'null', '{}', 'a'.repeat(10_000)]) await refuses(ours.verifier, text);
    },
  },
];

/** A refusal has a code: anything else counts as a fault of the server, and nobody is told to sign in again. */
async function refuses(verifier: CredentialVerifier, token: string, code?: string): Promise<void> {
  await assert.rejects(verifier.verify(token), (error) => isCodedError(error) && (code ?? error.code) === error.code);
}
