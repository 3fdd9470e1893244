import { createServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The port of the endpoint is taken: one line for a person, with what to do. */
class PortInUseError extends Error {
  override readonly name = 'PortInUseError';

  constructor(port: number) {
    super(`Port ${port} is already in use; choose another with --port <number> (0 takes a free one).`);
  }
}

const serverOptions: ServerOptions = {
  /** Room for a key of 1,024 bytes percent-encoded, 2 KB of user metadata and a long signature. */
  maxHeaderSize: 64 * 1024,
  /** Node would cut an upload after five minutes. */
  requestTimeout: 0,
  /** Longer than any client keeps a connection idle: the client closes first, so no request meets a closing socket. */
  keepAliveTimeout: 120_000,
};

const errorCode = (error: unknown): string | undefined =>
  Error.isError(error) && 'code' in error ? String(error.code) : undefined;

const listenOn = (listener: RequestListener, host: string, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(serverOptions, listener);
    // Without this, Node itself answers 417 to every expectation but `100-continue`; AWS pays them no attention.
    server.on('checkExpectation', listener);
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: host === '::1' }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** A listener on both loopback addresses. */
export type Loopback = Readonly<{ port: number; close(): Promise<void> }>;

const unavailable: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** Joins `[::1]` on the same port where the machine has it, since clients differ in what `localhost` means to them. */
const listenOnIpv6 = async (listener: RequestListener, port: number): Promise<Server | undefined> => {
  try {
    return await listenOn(listener, '::1', port);
  } catch (error) {
    if (unavailable.has(errorCode(error))) return undefined;
    throw error;
  }
};

/**
 * Listens on 127.0.0.1 and, where the machine has it, ::1; never on an address that others can reach.
 *
 * @throws {PortInUseError} when `port` is not 0 and something else listens there.
 */
export const listenOnLoopback = async (listener: RequestListener, port: number): Promise<Loopback> => {
  for (let attempt = 1; ; attempt += 1) {
    let ipv4: Server | undefined;
    try {
      ipv4 = await listenOn(listener, '127.0.0.1', port);
      const chosen = (ipv4.address() as AddressInfo).port;
      const ipv6 = await listenOnIpv6(listener, chosen);
      const servers = ipv6 ? [ipv4, ipv6] : [ipv4];
      return {
        port: chosen,
        close: async () => {
          await Promise.all(servers.map(closeServer));
        },
      };
    } catch (error) {
      if (ipv4) await closeServer(ipv4);
      if (errorCode(error) !== 'EADDRINUSE') throw error;
      if (port !== 0) throw new PortInUseError(port);
      if (attempt === 10) throw error;
    }
  }
};
