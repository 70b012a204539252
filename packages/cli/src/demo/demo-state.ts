import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { ensurePrivateFolder, readTextFile, writePrivateFile } from '../state/atomic-file.ts';
import { holdLock } from '../state/lock.ts';
import { DEMO_ROLES, type DemoRole } from './demo-people.ts';

/** Where a demo keeps what it is made of. Everything is kept over a restart. */
export interface DemoState {
  readonly folder: string;
  /** Database, audit log and keys of the server. */
  readonly serverFolder: string;
  /** Identity and credentials of the agent. */
  readonly agentFolder: string;
  /** CA of the server, PEM. */
  readonly caFile: string;
  /** `SALLYPORT_HOME` of a person. */
  homeOf(role: DemoRole): string;
  /** Kubeconfig of a person. */
  kubeconfigOf(role: DemoRole): string;
  readonly passwords: Readonly<Record<DemoRole, string>>;
  /** Port of the earlier starts. */
  readonly port?: number;
}

/**
 * Keeps other demos off a state folder, until the returned function is called or this process is gone.
 * @throws CliError `ERR_DEMO_STATE_IN_USE`
 */
export async function holdState(folder: string, clock: Clock): Promise<() => Promise<void>> {
  await ensurePrivateFolder(folder);
  const release = await holdLock(join(folder, 'lock'), clock);
  if (release !== undefined) return release;
  throw new CliError({
    code: 'ERR_DEMO_STATE_IN_USE',
    message: `the state folder ${folder} is in use by another demo`,
    nextStep: 'Stop the other demo, or name another folder with --state.',
  });
}

/**
 * Opens the state of a demo, and makes up passwords when it is new.
 * @throws CliError `ERR_CLI_STATE_IO`, `ERR_CLI_STATE_MALFORMED`
 */
export async function openDemoState(folder: string): Promise<DemoState> {
  const homeOf = (role: DemoRole) => join(folder, 'homes', role);
  return {
    folder,
    serverFolder: join(folder, 'server'),
    agentFolder: join(folder, 'agent'),
    caFile: join(folder, 'ca.pem'),
    homeOf,
    kubeconfigOf: (role) => join(homeOf(role), 'kubeconfig'),
    passwords: await readPasswords(join(folder, 'passwords.json')),
    ...(await readPort(folder)),
  };
}

/**
 * Keeps the port of a demo: the address is part of who its people are, so a restart has to have the same one.
 * @throws CliError `ERR_DEMO_PORT_CHANGED` when the demo has another one already
 */
export async function keepPort(state: DemoState, port: number): Promise<void> {
  if (state.port === undefined) return writePrivateFile(portFile(state.folder), `${port}\n`);
  if (state.port === port) return;
  throw new CliError({
    code: 'ERR_DEMO_PORT_CHANGED',
    message: `the demo in ${state.folder} has port ${state.port}, not ${port}; its people are known by that address`,
    nextStep: `Leave --port out, or name another folder with --state.`,
  });
}

async function readPort(folder: string): Promise<{ readonly port?: number }> {
  const text = (await readTextFile(portFile(folder)))?.trim();
  return text !== undefined && /^\d{1,5}$/.test(text) ? { port: Number(text) } : {};
}

function portFile(folder: string): string {
  return join(folder, 'port');
}

async function readPasswords(file: string): Promise<DemoState['passwords']> {
  const text = await readTextFile(file);
  if (text === undefined) {
    const passwords = Object.fromEntries(DEMO_ROLES.map((role) => [role, createPassword()])) as DemoState['passwords'];
    await writePrivateFile(file, `${JSON.stringify(passwords, undefined, 2)}\n`);
    return passwords;
  }
  const passwords = parsePasswords(text);
  if (passwords !== undefined) return passwords;
  throw new CliError({
    code: 'ERR_CLI_STATE_MALFORMED',
    message: `${file} does not hold the passwords of a demo`,
    nextStep: 'Delete the state folder of the demo, or name another one with --state.',
  });
}

function parsePasswords(text: string): DemoState['passwords'] | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<DemoRole, unknown>> | null;
    const isComplete = DEMO_ROLES.every((role) => typeof value?.[role] === 'string');
    return isComplete ? (value as DemoState['passwords']) : undefined;
  } catch {
    return undefined;
  }
}

// No letters that are read for one another. 16 of 30 characters are 78 bits.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz2345679';

function createPassword(): string {
  const letters = Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}
