import type { Answered, Exchange, Service } from '../contracts.ts';
import { sendError } from '../endpoint/answers.ts';
import { readBody } from '../endpoint/read-body.ts';
import { openFauxqs } from './fauxqs.ts';
import type { Fauxqs } from './fauxqs.ts';
import { sqsProtocol, snsProtocol } from './protocols.ts';
import type { Protocol } from './protocols.ts';
import { RequestError } from './request-error.ts';
import type { Prepared } from './sqs-requests.ts';

/** A batch of SQS holds 1 MiB of text; escaped in JSON or percent-encoded in a form it may be six times as long. */
const maximumRequestBytes = 8 * 1024 * 1024;

/** A service that can also be called in process, by the resource creator and the notifier. */
export type CallableService = Service &
  Readonly<{
    /**
     * Runs one operation. SQS takes its own JSON; SNS takes flat parameters, as its form has them.
     *
     * @throws {MessagingError} when AWS would answer with an error.
     */
    call(operation: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  }>;

/** SQS or SNS refused a call that the local cloud itself made. */
export class MessagingError extends Error {
  override readonly name = 'MessagingError';
  readonly code: string;

  constructor(operation: string, code: string, answer: string) {
    super(`${operation} was refused: ${answer}`);
    this.code = code;
  }
}

const createService = (fauxqs: Fauxqs, protocol: Protocol, endpoint: string): CallableService => {
  const host = new URL(endpoint).host;
  const inFlight = new Set<Promise<unknown>>();

  const inject = async (headers: Readonly<Record<string, string>>, payload: string) => {
    const answer = fauxqs.inject({ method: 'POST', url: '/', headers: { ...headers, host }, payload });
    inFlight.add(answer);
    try {
      return await answer;
    } finally {
      inFlight.delete(answer);
    }
  };

  const handle = async (exchange: Exchange): Promise<Answered> => {
    const { request, response, requestId } = exchange;
    const contentType = request.headers['content-type'] ?? '';
    const body = (await readBody(request, maximumRequestBytes)).toString();
    const operation = protocol.operationOf(request, body);
    if (!contentType.startsWith(protocol.contentType)) {
      const message = `The local ${protocol.service} takes ${protocol.contentType}, and this request is ${contentType || 'without a type'}: use a newer SDK.`;
      sendError(protocol.service, exchange, { status: 400, code: 'UnsupportedProtocol', message });
      return { operation, resource: '', errorCode: 'UnsupportedProtocol' };
    }
    const resource = protocol.resourceOf(body);
    let prepared: Prepared;
    try {
      prepared = protocol.prepare(operation, body, (arn) => fauxqs.hasQueue(arn));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { code, message } = error;
      for (const [name, value] of Object.entries(protocol.errorHeaders(code))) response.setHeader(name, value);
      sendError(protocol.service, exchange, { status: 400, code, message });
      return { operation, resource, errorCode: code };
    }
    const answer = await inject(
      {
        'content-type': protocol.contentType,
        authorization: request.headers.authorization ?? '',
        ...protocol.targetHeader(operation),
      },
      prepared.body,
    );
    const errorCode = answer.statusCode < 400 ? undefined : protocol.errorCodeOf(answer.payload);
    const payload = prepared.amend?.(answer.payload) ?? answer.payload;
    response.writeHead(answer.statusCode, {
      'Content-Type': protocol.answerType,
      'Content-Length': Buffer.byteLength(payload),
      'x-amzn-RequestId': requestId,
      ...(errorCode === undefined ? {} : protocol.errorHeaders(errorCode)),
    });
    response.end(payload);
    const answered = { operation, resource };
    return errorCode === undefined ? answered : { ...answered, errorCode };
  };

  return {
    handle,
    call: async (operation, input) => {
      const headers = { 'content-type': protocol.contentType, ...protocol.targetHeader(operation) };
      const answer = await inject(headers, protocol.encode(operation, input));
      if (answer.statusCode < 400) return answer.payload;
      throw new MessagingError(operation, protocol.errorCodeOf(answer.payload), answer.payload);
    },
    close: async () => {
      fauxqs.endReceives();
      await Promise.allSettled(inFlight);
    },
  };
};

/** The local SQS and SNS, which share one store: a topic delivers into queues. */
export type Messaging = Readonly<{ sqs: CallableService; sns: CallableService }>;

/** Opens the queues and topics that are kept under `directory`; queue URLs begin with `endpoint`. */
export const createMessaging = async (options: { directory: string; endpoint: string }): Promise<Messaging> => {
  const fauxqs = await openFauxqs(options.directory, options.endpoint);
  const sqs = createService(fauxqs, sqsProtocol, options.endpoint);
  const sns = createService(fauxqs, snsProtocol, options.endpoint);
  const closeSqs = sqs.close.bind(sqs);
  const closeSns = sns.close.bind(sns);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([closeSqs(), closeSns()]).then(() => fauxqs.close());
    return closed;
  };
  return { sqs: { ...sqs, close }, sns: { ...sns, close } };
};
