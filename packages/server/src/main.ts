import pino from 'pino';
import { loadServerConfig } from './config.ts';
import { runServer } from './server.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const logger = pino({ name: 'sallyport-server' }, pino.destination(2));
const file = process.argv[2];
const config = loadServerConfig({ env: process.env, ...(file !== undefined && { file }) });
await runServer({ config, logger, signal: stopping.signal });
