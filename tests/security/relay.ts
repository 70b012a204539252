import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay on loopback whose connections a test can break. */
export interface Relay {
  readonly port: number;
  /** Open connections whose ClientHello names `serverName`, oldest first. */
  connectionsTo(serverName: string): readonly { reset(): void }[];
  /** Ends every connection with a TCP reset. */
  resetAll(): void;
  /** From now on no byte passes in either direction, and nobody is told. */
  hold(): void;
  close(): Promise<void>;
}

/** Starts a relay to a port that may begin to listen later. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const pairs = new Set<{ near: Socket; far: Socket; hello: string; reset(): void }>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const pair = {
      near,
      far,
      hello: '',
      reset() {
        near.resetAndDestroy();
        far.resetAndDestroy();
      },
    };
    pairs.add(pair);
    near.once('data', (chunk: Buffer) => {
      pair.hello = chunk.toString('latin1');
    });
    near.pipe(far);
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connectionsTo: (serverName) => [...pairs].filter(({ hello }) => hello.includes(serverName)),
    resetAll() {
      for (const pair of pairs) pair.reset();
    },
    hold() {
      for (const { near, far } of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) pair.reset();
      }),
  };
}
