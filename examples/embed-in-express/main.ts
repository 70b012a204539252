import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMinimal } from '../minimal/minimal.ts';
import { createPortal } from './portal.ts';
import { portalSettings } from './settings.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const folder = mkdtempSync(join(tmpdir(), 'sallyport-embed-in-express-'));
const port = Number(process.env['PORT'] ?? 8443);
const { config, client } = portalSettings(port);
const password = randomBytes(9).toString('base64url');
const ada = { email: 'ada@example.com', groups: ['admins'] };
const { server, stopped } = await startMinimal(folder, [], stopping.signal, { config });
const portal = await createPortal(server, client, (email, said) => {
  return email === ada.email && said === password ? ada : undefined;
});
const listener = createServer(server.hostTls(), portal).on('upgrade', server.mount.upgrade);
listener.listen(port, '127.0.0.1');
process.stdout.write(`${server.publicUrl}, as ${ada.email} with password ${password}\n`);
process.stdout.write(`sallyport login ${server.publicUrl} --ca-file ${join(folder, 'server', 'ca.pem')}\n`);
await stopped;
listener.close();
