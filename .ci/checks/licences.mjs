// Every package that an installation of ours brings is under a licence that may be passed on with Apache-2.0, and runs nothing
// when it is installed, but for those that are named here with the reason.
import { productionOf } from './lib/production.mjs';
import { packages, readJson, report } from './lib/workspace.mjs';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);
/** The font licence is for fonts: what is made with them is free of it. */
const FONTS = /^@fontsource(-variable)?\//;
/** protobufjs compares its version with that of whoever depends on it, and does nothing else; it works without having run. */
const MAY_RUN = new Set(['protobufjs']);

const lock = readJson('package-lock.json').packages;
const findings = new Set();
const seen = new Map();
for (const { directory } of packages) for (const one of productionOf(directory).all) seen.set(one.place, one);
for (const { place, name, version, license, isOurs } of seen.values()) {
  if (isOurs) continue;
  if (license === undefined) findings.add(`${name}@${version} names no licence`);
  else if (!isAllowed(license)) findings.add(`${name}@${version} is under ${license}, which is not on the list`);
  if (license === 'OFL-1.1' && !FONTS.test(name))
    findings.add(`${name}@${version} is under a font licence and no font`);
  if (lock[place].hasInstallScript && !MAY_RUN.has(name))
    findings.add(`${name}@${version} runs code when it is installed`);
}
report([...findings]);

/** Whether an SPDX expression of names, AND, OR and brackets can be met. */
function isAllowed(expression) {
  const inner = expression.replace(/^\((.*)\)$/, '$1');
  if (inner.includes(' OR ')) return inner.split(' OR ').some((one) => isAllowed(one));
  if (inner.includes(' AND ')) return inner.split(' AND ').every((one) => isAllowed(one));
  return ALLOWED.has(inner);
}
