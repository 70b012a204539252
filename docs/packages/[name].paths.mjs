// A page for each package: its README.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '../../packages');

export default {
  paths: () =>
    readdirSync(packages)
      .filter((name) => existsSync(join(packages, name, 'README.md')))
      .map((name) => ({ params: { name }, content: readFileSync(join(packages, name, 'README.md'), 'utf8') })),
};
