import { readFileSync } from 'node:fs';
import { isCodedError, parseRequestAttributes, type RequestAttributes } from '@sallyport/core';
import { expect, it } from 'vitest';
import { type Choice, createChoice } from '../../packages/server/src/api/testing/choice.ts';
import { isImpersonationHeader, readUpgrade, upstreamRequestHeaders } from '../../packages/server/src/proxy/headers.ts';
import { pad, randomHandshake, randomHeaders } from './heads.ts';
import { isSameText, type KubernetesReading, readAsCarelessServer, readAsKubernetes } from './kubernetes-reading.ts';
import { type RequestLine, randomRequestLine } from './targets.ts';

/** How many cases. A campaign sets its own. */
const CASES = Number(process.env['SALLYPORT_FUZZ_CASES'] ?? 1_000_000);
/** Says which ones; the name of the test and every failure have it. */
const SEED = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? 20_261_122);

/** Request lines on which the two readings once differed. */
const kept = JSON.parse(
  readFileSync(new URL('testdata/counterexamples.json', import.meta.url), 'utf8'),
) as readonly (RequestLine & { readonly repeat?: number })[];

/** What is wrong with how a request line is read; empty when nothing is. */
function problemsOf({ method, target }: RequestLine): { isTaken: boolean; problems: string[] } {
  let own: RequestAttributes;
  try {
    own = parseRequestAttributes(method, target);
  } catch (error) {
    const isRefusal = isCodedError(error) && error.code === 'ERR_REQUEST_AMBIGUOUS';
    return { isTaken: false, problems: isRefusal ? [] : [`threw ${String(error)}`] };
  }
  const problems = [
    ...differences(own, readAsKubernetes(method, target), 'kube-apiserver'),
    ...differences(own, readAsCarelessServer(method, target), 'a careless server', own.kind === 'resource'),
  ];
  if (own.path !== target.split('?')[0]) problems.push(`forwards the path ${own.path}`);
  return { isTaken: true, problems };
}

/** Where the product's reading is not `read`. What stands behind a `proxy` subresource may be tidied up by others. */
function differences(
  own: RequestAttributes,
  read: KubernetesReading | undefined,
  who: string,
  isTidied = false,
): string[] {
  if (read === undefined) return [`${who} has no reading`];
  const texts: Record<string, readonly [string, string]> = { verb: [own.verb, read.verb] };
  if (own.kind === 'resource') {
    for (const key of ['apiGroup', 'apiVersion', 'namespace', 'resource', 'subresource', 'name'] as const) {
      texts[key] = [own[key], read[key]];
    }
    const isOpaque = own.subresource === 'proxy';
    const trim = (text: string) => (isOpaque ? text : text.replace(/\/$/, ''));
    if (!isTidied) texts['remainder'] = [own.remainder, trim(read.rest)];
  }
  if ((own.kind === 'resource') !== read.isResource) return [`${who} reads it as of the other kind`];
  return Object.entries(texts).flatMap(([key, [mine, theirs]]) =>
    isSameText(mine, theirs) ? [] : [`${key} is ${JSON.stringify(mine)}, ${who} reads ${JSON.stringify(theirs)}`],
  );
}

const FORBIDDEN =
  /^[\s]*(impersonate|authorization|proxy-|cookie|x-|forwarded|te\s*$|trailer|transfer-encoding|keep-alive|host|via|ssl-|sallyport)/i;

/** What is wrong with what goes upstream of a header list. */
function headerProblemsOf(headers: readonly string[]): string[] {
  const problems: string[] = [];
  const upgrades = headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'upgrade');
  const known = ['spdy/3.1', 'websocket'].includes(upgrades[0]?.trim().toLowerCase() ?? '');
  const due = upgrades.length === 0 ? 'none' : upgrades.length === 1 && known ? 'switch' : 'refused';
  const upgrade = readUpgrade(headers);
  const is = upgrade === undefined ? 'none' : upgrade === 'refused' ? 'refused' : 'switch';
  if (is !== due) problems.push(`the switch is ${is}, due is ${due}`);
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (/^impersonate[-_]/i.test(name) !== isImpersonationHeader(name)) problems.push(`${name} is not told apart`);
  }
  const sent = upstreamRequestHeaders(headers, upgrade === 'refused' ? undefined : upgrade);
  const connections: string[] = [];
  for (let i = 0; i < sent.length; i += 2) {
    const [name = '', value = ''] = sent.slice(i, i + 2);
    if (/^connection$|^upgrade$/i.test(name)) connections.push(`${name}: ${value}`);
    else if (FORBIDDEN.test(name) && name.toLowerCase() !== 'x-stream-protocol-version')
      problems.push(`${name} goes on`);
    if (/base64url\.bearer/i.test(value) && /^sec-/i.test(name)) problems.push(`a token goes on in ${name}`);
  }
  const lines = is === 'switch' ? ['Connection: Upgrade', `Upgrade: ${upgrade}`] : [];
  if (connections.join() !== lines.join()) problems.push(`goes on with ${connections.join()}`);
  return problems;
}

function caseHeaders(choice: Choice): string[] {
  const headers =
    choice.index(4) === 0 ? [...randomHandshake(choice), ...randomHeaders(choice)] : randomHeaders(choice);
  const at = 2 * choice.index(Math.max(1, headers.length / 2));
  const name = headers[at];
  if (name !== undefined && choice.index(20) === 0) headers[at] = pad(name, choice);
  return headers;
}

it.each(kept)('SEC-B01 SEC-B16 $method $target has one reading or none', ({ method, target, repeat = 1 }) => {
  expect(problemsOf({ method, target: target.replace('{repeat}', '&'.repeat(repeat)) }).problems).toEqual([]);
});

it(
  `SEC-B01 SEC-B02 SEC-B16 SEC-A01 SEC-A05 SEC-C04 what is decided is what goes upstream, in ${CASES} cases from the seed ${SEED}`,
  () => {
    const choice = createChoice(SEED);
    const found: string[] = [];
    let taken = 0;
    for (let i = 0; i < CASES && found.length < 20; i += 1) {
      const line = randomRequestLine(choice);
      const headers = caseHeaders(choice);
      const { isTaken, problems } = problemsOf(line);
      if (isTaken) taken += 1;
      problems.push(...headerProblemsOf(headers).map((problem) => `${problem} of ${JSON.stringify(headers)}`));
      if (problems.length > 0) found.push(`case ${i}: ${JSON.stringify(line).slice(0, 600)}: ${problems.join('; ')}`);
    }
    expect(found).toEqual([]);
    // A fuzzer whose cases are all refused looks at nothing.
    expect(taken).toBeGreaterThan(CASES / 10);
  },
  Math.max(120_000, CASES),
);
