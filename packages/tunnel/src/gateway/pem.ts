import { X509Certificate } from 'node:crypto';
import { TunnelError } from '../errors.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * Reads every certificate of a PEM bundle. A bundle that is only partly readable is refused: a smaller trust set must
 * never come about in silence.
 * @throws TunnelError `ERR_TUNNEL_CERTIFICATE_MALFORMED` with the number of the block, counted from 1
 */
export function parseCertificates(pem: string, name: string): readonly X509Certificate[] {
  const blocks = [...pem.matchAll(BLOCK)];
  const begins = pem.match(/-----BEGIN /g)?.length ?? 0;
  if (begins === 0) throw malformed(`${name} holds no certificate`);
  if (begins !== blocks.length) throw malformed(`${name} has ${begins} PEM blocks, ${blocks.length} of them complete`);
  return blocks.map((block, index) => {
    if (block[1] !== 'CERTIFICATE') throw malformed(`block ${index + 1} of ${name} is no certificate but ${block[1]}`);
    try {
      return new X509Certificate(block[0]);
    } catch (cause) {
      throw malformed(`block ${index + 1} of ${name} can't be read as a certificate`, cause);
    }
  });
}

function malformed(message: string, cause?: unknown): TunnelError {
  return new TunnelError({ code: 'ERR_TUNNEL_CERTIFICATE_MALFORMED', message, cause });
}
