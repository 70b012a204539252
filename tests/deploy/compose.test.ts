import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, developmentConfig, loadServerConfig } from '@sallyport/server';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort, repository, run, temporaryFolder } from '../support/index.ts';

const FOLDER = join(repository, 'deploy/compose');
const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8');
const compose = parse(text);

const strings = { type: 'array', items: { type: 'string' } };
const duration = { type: 'string', pattern: '^(\\d+[smh])+$' };
const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const mapOf = (schema: object) => ({ type: 'object', additionalProperties: schema });

/** What the Compose specification says of the keys that the file uses; any other is a mistake until it is added here. */
const SCHEMA = closed(
  {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: mapOf(
      closed(
        {
          image: { type: 'string' },
          build: closed({ context: { type: 'string' }, dockerfile: { type: 'string' } }, ['context']),
          command: strings,
          environment: mapOf({ type: 'string' }),
          user: { type: 'string', pattern: '^\\d+:\\d+$' },
          read_only: { type: 'boolean' },
          cap_drop: strings,
          security_opt: strings,
          tmpfs: strings,
          ports: strings,
          volumes: strings,
          secrets: strings,
          networks: strings,
          depends_on: mapOf(closed({ condition: { enum: ['service_started', 'service_healthy'] } }, ['condition'])),
          healthcheck: closed(
            {
              test: strings,
              interval: duration,
              timeout: duration,
              start_period: duration,
              retries: { type: 'integer' },
            },
            ['test'],
          ),
          stop_grace_period: duration,
          restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
        },
        ['image', 'healthcheck', 'restart'],
      ),
    ),
    networks: mapOf(closed({ internal: { type: 'boolean' } })),
    volumes: mapOf(closed({})),
    secrets: mapOf(closed({ file: { type: 'string' } }, ['file'])),
  },
  ['services'],
);

/** Runs the file's own command for the secrets, in a folder of the test's. */
async function makeSecrets(folder: string): Promise<void> {
  const made = await run('sh', [join(FOLDER, 'make-secrets.sh'), folder]);
  expect(made.code, made.stderr).toBe(0);
}

describe('deploy/compose/compose.yaml', () => {
  it('is of the form that Compose reads', () => {
    const validate = new Ajv({ allErrors: true }).compile(SCHEMA);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it('names nothing that it does not have', () => {
    for (const [name, service] of Object.entries<Record<string, never>>(compose.services)) {
      const { secrets = [], networks = [], depends_on = {}, volumes = [], build } = service;
      for (const secret of secrets as string[]) expect(compose.secrets, name).toHaveProperty(secret);
      for (const network of networks as string[]) expect(compose.networks, name).toHaveProperty(network);
      for (const other of Object.keys(depends_on)) expect(compose.services, name).toHaveProperty(other);
      for (const volume of volumes as string[]) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(FOLDER, source)), source).toBe(true);
        else expect(compose.volumes, name).toHaveProperty(source);
      }
      if (build !== undefined) {
        const { context, dockerfile } = build as { context: string; dockerfile: string };
        expect(existsSync(join(FOLDER, context, dockerfile))).toBe(true);
      }
    }
  });

  it('has no secret in it, and makes each by a command that leaves those that are there alone', async () => {
    const folder = join(temporaryFolder('compose'), 'secrets');
    await makeSecrets(folder);
    const files = Object.values<{ file: string }>(compose.secrets).map(({ file }) => file.split('/').at(-1));
    expect(readdirSync(folder).sort()).toEqual(files.sort());
    const contents = () => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const first = contents();
    expect(new Set(first).size).toBe(first.length);
    for (const secret of first) expect(text).not.toContain(secret.trim());
    await makeSecrets(folder);
    expect(contents()).toEqual(first);
    // Containers read them as users of their own, behind a folder that is closed.
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of files) expect(statSync(join(folder, file ?? '')).mode & 0o777).toBe(0o644);
    for (const { environment = {} } of Object.values<{ environment?: object }>(compose.services)) {
      for (const [key, value] of Object.entries(environment)) {
        if (/password|secret|key/i.test(key)) expect(value).toMatch(/^\/run\/secrets\//);
      }
    }
  });

  it('gives the server a configuration that it takes', async () => {
    const folder = temporaryFolder('compose-config');
    await makeSecrets(join(folder, 'secrets'));
    const file = join(folder, 'server.yaml');
    const written = readFileSync(join(FOLDER, 'server.yaml'), 'utf8');
    // Each secret that the configuration reads is one that the service is given.
    for (const [, name] of written.matchAll(/\/run\/secrets\/([\w-]+)/g)) {
      expect(compose.services.server.secrets).toContain(name);
    }
    writeFileSync(file, written.replaceAll('/run/secrets', join(folder, 'secrets')));
    const config = loadServerConfig({
      env: { SALLYPORT_PUBLIC_URL: 'https://sallyport.example.com' },
      file,
      flags: {},
    });
    expect(config).toMatchObject({ mode: 'production', drainTimeoutMs: 30_000, listen: { port: 7443 } });
    const database = new URL(config.databaseUrl?.reveal() ?? '');
    expect(database.host).toBe('postgres');
    expect(database.password).toBe(readFileSync(join(folder, 'secrets/postgres-password'), 'utf8').trim());
    const { POSTGRES_USER, POSTGRES_DB } = compose.services.postgres.environment;
    expect([database.username, database.pathname]).toEqual([POSTGRES_USER, `/${POSTGRES_DB}`]);
    expect(Number.parseInt(compose.services.server.stop_grace_period, 10) * 1_000).toBeGreaterThan(
      config.drainTimeoutMs ?? 0,
    );
  });

  it('asks a server whether it is well, by a command that tells', async () => {
    const [form, node, flag, script] = compose.services.server.healthcheck.test as string[];
    expect([form, node, flag]).toEqual(['CMD', '/usr/local/bin/node', '--eval']);
    const ask = (port: number) => run(process.execPath, ['--eval', (script ?? '').replace('7443', String(port))]);
    const server = await createServer({
      config: developmentConfig({ stateDir: join(temporaryFolder('compose-health'), randomBytes(4).toString('hex')) }),
    });
    try {
      expect((await ask(Number(new URL(server.publicUrl).port))).code).toBe(0);
    } finally {
      await server.close();
    }
    expect((await ask(await freePort())).code).toBe(1);
  });

  it('lets nothing in but the front door, as nobody', () => {
    const { server, postgres } = compose.services;
    expect(server).toMatchObject({ user: '65532:65532', read_only: true, cap_drop: ['ALL'] });
    expect(postgres).not.toHaveProperty('ports');
    for (const network of postgres.networks) expect(compose.networks[network]).toEqual({ internal: true });
  });
});
