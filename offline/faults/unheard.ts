import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Exchange } from '../contracts.ts';

/** Takes everything and brings it to nobody. */
class Nowhere extends Socket {
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  override _writev(_chunks: unknown, done: () => void): void {
    done();
  }

  override _final(done: () => void): void {
    done();
  }
}

/**
 * The same exchange with a response that leads nowhere: the service answers in full and cannot tell the difference,
 * and the client hears nothing.
 */
export const unheard = (exchange: Exchange): Exchange => {
  const response = new ServerResponse(exchange.request);
  const nowhere = new Nowhere();
  response.assignSocket(nowhere);
  response.once('finish', () => nowhere.destroy());
  exchange.response.once('close', () => nowhere.destroy());
  return { ...exchange, response };
};
