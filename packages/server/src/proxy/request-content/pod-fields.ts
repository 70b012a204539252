import { foldName, isJson, valuesNamed } from './json.ts';

/**
 * Says what in a field reaches beyond the container: the path below the field (`[0]`, `.type`; empty for the field itself),
 * or `undefined` when nothing does.
 */
type FieldCheck = (value: unknown) => string | undefined;

const isOn: FieldCheck = (value) => (isOff(value) || value === 'false' ? undefined : '');
const isGiven: FieldCheck = (value) => (value === null || value === undefined ? undefined : '');
const isNumber: FieldCheck = (value) => (isOff(value) || value === '0' ? undefined : '');

function isOff(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === 0 || value === '';
}

/** Words that a field may hold; anything else counts, what is no text too. */
function oneOf(...words: readonly string[]): FieldCheck {
  return (value) => (isOff(value) || (typeof value === 'string' && words.includes(value)) ? undefined : '');
}

/** Checks a field of the object. What should be an object and is not can't be judged, so it counts. */
function within(name: string, check: FieldCheck): FieldCheck {
  return (value) => {
    if (isOff(value)) return undefined;
    if (!isJson(value)) return '';
    for (const inner of valuesNamed(value, foldName(name))) {
      const found = check(inner);
      if (found !== undefined) return `.${name}${found}`;
    }
    return undefined;
  };
}

/** Checks each item of a list; a path of a JSON Patch makes an object of one. */
function each(check: FieldCheck): FieldCheck {
  return (value) => {
    if (isOff(value)) return undefined;
    if (typeof value !== 'object' || value === null) return check(value);
    for (const [index, item] of Object.entries(value)) {
      const found = check(item);
      if (found !== undefined) return `[${index}]${found}`;
    }
    return undefined;
  };
}

function firstOf(...checks: readonly FieldCheck[]): FieldCheck {
  return (value) => {
    for (const check of checks) {
      const found = check(value);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

// The sets are those of the Pod Security Standards' level `baseline`:
// https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
const BASELINE_CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const SAFE_SYSCTLS = [
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start'],
  ...['net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl'],
  'net.ipv4.tcp_keepalive_probes',
];
const CONFINED = within('type', oneOf('RuntimeDefault', 'Localhost'));

const FIELDS: Readonly<Record<string, FieldCheck>> = {
  privileged: isOn,
  hostNetwork: isOn,
  hostPID: isOn,
  hostIPC: isOn,
  hostProcess: isOn,
  hostPath: isGiven,
  hostPort: isNumber,
  procMount: oneOf('Default'),
  capabilities: within('add', each(oneOf(...BASELINE_CAPABILITIES))),
  seccompProfile: CONFINED,
  appArmorProfile: CONFINED,
  seLinuxOptions: firstOf(
    within('user', oneOf()),
    within('role', oneOf()),
    within('type', oneOf('container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t')),
  ),
  sysctls: each(within('name', oneOf(...SAFE_SYSCTLS))),
};
const CHECKS: ReadonlyMap<string, FieldCheck> = new Map(
  Object.entries(FIELDS).map(([name, check]) => [foldName(name), check]),
);

/** Annotations of older versions that say how a container is confined. */
const ANNOTATIONS = [
  'container.apparmor.security.beta.kubernetes.io/',
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/pod',
] as const;

const isConfined: FieldCheck = (value) =>
  isOff(value) || (typeof value === 'string' && /^(?:runtime\/default|docker\/default|localhost\/.*)$/.test(value))
    ? undefined
    : '';

/** The check of a field of pods by its name, however its case is written. */
export function podFieldCheck(name: string): FieldCheck | undefined {
  const folded = foldName(name);
  return CHECKS.get(folded) ?? (ANNOTATIONS.some((prefix) => folded.startsWith(prefix)) ? isConfined : undefined);
}
