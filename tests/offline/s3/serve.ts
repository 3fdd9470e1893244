import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answered, LocalS3, ObjectEvent } from '../../../offline/contracts.ts';
import { createLocalS3, type LocalS3Options } from '../../../offline/s3/local-s3.ts';

/** A local S3 behind a plain HTTP server on a free port, and what it told of itself. */
export type ServedS3 = Readonly<{
  s3: LocalS3;
  port: number;
  events: ObjectEvent[];
  answers: Answered[];
  faults: unknown[];
  /** Stops the server and the S3; the state stays. */
  stop(): Promise<void>;
}>;

export const serveS3 = async (options: LocalS3Options): Promise<ServedS3> => {
  const faults: unknown[] = [];
  const s3 = await createLocalS3({ onFault: (error) => void faults.push(error), ...options });
  const events: ObjectEvent[] = [];
  const answers: Answered[] = [];
  s3.onObjectEvent((event) => void events.push(event));
  let requests = 0;
  const server = createServer((request, response) => {
    const exchange = {
      request,
      response,
      url: new URL('http://localhost/'),
      requestId: `REQUEST${String(++requests)}`,
      accessKeyId: 'tester',
      region: 'us-east-1',
    };
    s3.handle(exchange).then(
      (answer) => answers.push(answer),
      (error: unknown) => {
        faults.push(error);
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // Longer than a client waits between two calls on a slow machine: Node's five seconds cut one in between.
  server.keepAliveTimeout = 120_000;
  // A test that failed may leave it open; it must not keep the run from ending.
  server.unref();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
    await s3.close();
  };
  return { s3, port, events, answers, faults, stop };
};
