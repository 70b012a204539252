import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay on loopback whose connections a test can break. */
export interface Relay {
  readonly port: number;
  /** Open connections whose ClientHello names `serverName`, oldest first. */
  connectionsTo(serverName: string): readonly { reset(): void }[];
  /** Ends every connection with a TCP reset. */
  resetAll(): void;
  /** From now on no byte passes on any connection, new ones included, and nobody is told. */
  stall(): void;
  /** Lets everything pass that was held since {@link Relay.stall}. */
  resume(): void;
  /** New connections go to another port; those that are open stay where they are. */
  turnTo(port: number): void;
  close(): Promise<void>;
}

function join(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
}

function part({ near, far }: { readonly near: Socket; readonly far: Socket }): void {
  near.unpipe(far);
  far.unpipe(near);
}

/** Starts a relay to a port that may begin to listen later. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const pairs = new Set<{ near: Socket; far: Socket; hello: string; reset(): void }>();
  let isStalled = false;
  let target = targetPort;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
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
    if (!isStalled) join(near, far);
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
    stall() {
      isStalled = true;
      pairs.forEach(part);
    },
    resume() {
      isStalled = false;
      for (const { near, far } of pairs) join(near, far);
    },
    turnTo(port) {
      target = port;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of pairs) pair.reset();
      }),
  };
}
