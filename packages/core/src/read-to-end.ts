import type { Socket } from 'node:net';

/**
 * Lets a connection be read to its end after its peer has closed it. Node destroys a socket at the first write that fails, and
 * with it what is still to be read: the last bytes of a session whose caller writes until it has read them.
 *
 * A write fails with EPIPE only where the peer's end is in the queue already, behind all that it sent; such bytes are dropped. Any
 * other failure destroys the socket as ever.
 */
export function readToEnd<T extends Socket>(socket: T): T {
  let isClosedByPeer = false;
  const lenient = (done: Done): Done => {
    return (error) => {
      if ((error as NodeJS.ErrnoException | null | undefined)?.code !== 'EPIPE') return done(error);
      isClosedByPeer = true;
      if (socket.readableEnded) socket.destroy();
      done();
    };
  };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => (isClosedByPeer ? done() : write(chunk, encoding, lenient(done)));
  if (writev) socket._writev = (chunks, done) => (isClosedByPeer ? done() : writev(chunks, lenient(done)));
  return socket.on('end', () => {
    if (isClosedByPeer) socket.destroy();
  });
}

type Done = (error?: Error | null) => void;
