import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A plain TCP balancer on loopback: round robin, no sticky sessions; who does not answer is passed over, as by a health check. */
export interface Balancer {
  readonly port: number;
  /** New connections go to this target alone while `work` runs; one piece of work after the other. */
  pinnedTo<Result>(target: number, work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Starts one on `port` in front of the ports in `targets`. */
export async function startBalancer(port: number, targets: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let next = 0;
  let pinned: number | undefined;
  let working: Promise<unknown> = Promise.resolve();

  function track(socket: Socket, other: () => Socket | undefined): void {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      other()?.destroy();
    });
  }

  /** Connects to the first of `candidates` that answers. */
  function forward(near: Socket, candidates: readonly number[]): void {
    const [target, ...others] = candidates;
    if (target === undefined) return void near.resetAndDestroy();
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const onRefused = () => {
      if (!near.destroyed) forward(near, others);
    };
    far.once('error', onRefused);
    far.once('connect', () => {
      far.off('error', onRefused);
      if (near.destroyed) return void far.destroy();
      track(far, () => near);
      near.once('close', () => far.destroy());
      near.pipe(far);
      far.pipe(near);
    });
  }

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    track(near, () => undefined);
    next += 1;
    const first = pinned === undefined ? next % targets.length : targets.indexOf(pinned);
    forward(near, pinned === undefined ? [...targets.slice(first), ...targets.slice(0, first)] : [pinned]);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pinnedTo(target, work) {
      const done = working.then(async () => {
        pinned = target;
        try {
          return await work();
        } finally {
          pinned = undefined;
        }
      });
      working = done.catch(() => {});
      return done;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
