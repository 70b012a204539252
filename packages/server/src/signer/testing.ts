import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId, Secret } from '@sallyport/core';
import type { CapabilityClaims } from '@sallyport/core/credentials';
import { SIGNER_DEFAULTS, type SignerConfig } from './config.ts';
import { DEFAULT_SIGNER_RULES } from './rules.ts';

/** Claims that a signer with default rules signs. */
export function someClaims(overrides: Partial<CapabilityClaims> = {}): CapabilityClaims {
  return {
    clusterId: createId('cluster'),
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    impersonation: { user: 'ada@example.com', groups: ['sallyport:view'], extra: { 'sallyport.dev/session': ['s-1'] } },
    actionClass: 'read',
    snapshotVersion: 7,
    ...overrides,
  };
}

/** The configuration of a signer on a Unix socket, in a folder of its own. */
export async function aSignerConfig(
  overrides: Partial<SignerConfig> = {},
): Promise<SignerConfig & { stateDir: string }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'sallyport-signer-'));
  return {
    address: { kind: 'unix', path: join(stateDir, 'signer.sock') },
    stateDir,
    encryptionKey: new Secret(randomBytes(32)),
    rules: DEFAULT_SIGNER_RULES,
    rate: SIGNER_DEFAULTS.rate,
    logSync: 'interval',
    ...overrides,
  };
}

/** Every line of a signer's log, oldest first. */
export async function readSigningLog(stateDir: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const folder = join(stateDir, 'log');
  const lines: Record<string, unknown>[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const text = await readFile(join(folder, name), 'utf8');
    lines.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }
  return lines;
}
