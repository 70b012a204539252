/**
 * The outside parts that some tests need: programs, a cluster, a database. Each is named by a variable of the
 * environment. A test that lacks one says so in a line, with where to get it, and counts as skipped:
 *
 *     describe.skipIf(lacks('kubectl', 'cluster'))('watch through the proxy', () => { … })
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A part, the variable that names it, and a sentence on where to get it. */
const parts = {
  kubectl: {
    variable: 'SALLYPORT_TEST_KUBECTL',
    program: 'kubectl',
    from: 'a kubectl of 1.36 or later',
  },
  kubectlOld: {
    variable: 'SALLYPORT_TEST_KUBECTL_OLD',
    program: undefined,
    from: 'a kubectl of 1.20, the oldest that is supported',
  },
  cluster: {
    variable: 'SALLYPORT_TEST_KUBECONFIG',
    program: undefined,
    from: 'an admin kubeconfig of any cluster that may be written to',
  },
  auditLog: {
    variable: 'SALLYPORT_TEST_AUDIT_LOG',
    program: undefined,
    from: 'the audit log file of that cluster, at Metadata level',
  },
  clusterKit: {
    variable: 'SALLYPORT_TEST_CLUSTER_KIT',
    program: undefined,
    from: 'a program that starts a cluster of its own with `up`, tells of it with `env`, and takes images with `node-exec ctr`',
  },
  image: {
    variable: 'SALLYPORT_TEST_IMAGE',
    program: undefined,
    from: 'an image with sh, nc, tar and httpd that the cluster can pull',
  },
  postgres: {
    variable: 'SALLYPORT_TEST_POSTGRES_URL',
    program: undefined,
    from: 'the address of a PostgreSQL 15 or later where databases may be created',
  },
  postgresPrograms: {
    variable: 'SALLYPORT_TEST_POSTGRES_BIN',
    program: undefined,
    from: 'the folder of the programs of PostgreSQL 15 or later: initdb, postgres, pg_basebackup (Debian: postgresql)',
  },
  pgbouncer: {
    variable: 'SALLYPORT_TEST_PGBOUNCER',
    program: 'pgbouncer',
    from: 'a PgBouncer (Debian: pgbouncer)',
  },
  promtool: {
    variable: 'SALLYPORT_TEST_PROMTOOL',
    program: 'promtool',
    from: 'a promtool (Debian: prometheus)',
  },
  chromium: {
    variable: 'SALLYPORT_TEST_CHROMIUM',
    program: 'chromium',
    from: 'a Chromium (Debian: chromium)',
  },
  nginx: {
    variable: 'SALLYPORT_TEST_NGINX',
    program: 'nginx',
    from: 'an nginx (Debian: nginx-light)',
  },
  rsyslog: {
    variable: 'SALLYPORT_TEST_RSYSLOG',
    program: 'rsyslogd',
    from: 'an rsyslogd with its TLS driver (Debian: rsyslog, rsyslog-gnutls)',
  },
  helm: {
    variable: 'SALLYPORT_TEST_HELM',
    program: undefined,
    from: 'a Helm of 3.14 or later, to render charts with in place of the program of the tests',
  },
  go: {
    variable: 'SALLYPORT_TEST_GO',
    program: 'go',
    from: 'a Go of 1.19 or later (Debian: golang-go, golang-github-masterminds-sprig-dev), to render charts with',
  },
  systemdAnalyze: {
    variable: 'SALLYPORT_TEST_SYSTEMD_ANALYZE',
    program: 'systemd-analyze',
    from: 'a systemd-analyze (Debian: systemd)',
  },
  lemonldap: {
    variable: 'SALLYPORT_TEST_LEMONLDAP',
    program: undefined,
    from: 'the templates of a LemonLDAP::NG portal (Debian: liblemonldap-ng-portal-perl, libplack-perl, libio-string-perl, libstring-random-perl)',
  },
} as const;

/** Name of an outside part. */
export type Part = keyof typeof parts;

const told = new Set<string>();

/**
 * Where a part is: the value of its variable, else its program on the PATH; `undefined` when there is none.
 * An empty variable means "do as if it were absent".
 */
export function findPart(part: Part): string | undefined {
  const { variable, program } = parts[part];
  const value = process.env[variable];
  if (value !== undefined) return value === '' ? undefined : value;
  return program === undefined ? undefined : findProgram(program);
}

/** Where a part is; throws when it is absent, so use it inside a test that `lacks` guards. */
export function part(name: Part): string {
  const found = findPart(name);
  if (found === undefined) throw new Error(`${name} is missing: set ${parts[name].variable} to ${parts[name].from}`);
  return found;
}

/** Whether one of the parts is missing; says in one line which and where to get it. For `skipIf`. */
export function lacks(...names: readonly Part[]): boolean {
  const missing = names.filter((name) => findPart(name) === undefined);
  for (const name of missing) {
    const line = `skipped: no ${name}; set ${parts[name].variable} to ${parts[name].from}\n`;
    if (!told.has(line)) process.stderr.write(line);
    told.add(line);
  }
  return missing.length > 0;
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
