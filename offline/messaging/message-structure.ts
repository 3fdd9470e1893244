import { RequestError } from './request-error.ts';

const invalid = (reason: string): RequestError =>
  new RequestError({
    code: 'InvalidParameter',
    message: `Invalid parameter: Message Structure - ${reason}`,
  });

/** The texts of a message with `MessageStructure: json`, by protocol. */
const textsOf = (message: string): Readonly<Record<string, unknown>> => {
  try {
    const texts: unknown = JSON.parse(message);
    if (typeof texts === 'object' && texts !== null) return texts as Record<string, unknown>;
  } catch {
    // Said below, in SNS's words.
  }
  throw invalid('JSON message body failed to parse');
};

/**
 * Takes the queues' own text out of a message that says another text to each protocol: its `sqs` entry, else its
 * `default`. AWS does so at each delivery; here a topic delivers into queues alone, so it is done once, beforehand,
 * because fauxqs would hand on the whole.
 *
 * @param body of `Publish` or `PublishBatch`, as a form; in a batch, one bad entry spoils all, where AWS refuses it alone
 * @throws {RequestError} when the message is not JSON or has no `default`
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export const resolveMessageStructure = (body: string): string => {
  if (!body.includes('MessageStructure=json')) return body;
  const form = new URLSearchParams(body);
  for (const [name, value] of [...form]) {
    if (!/(?:^|\.)MessageStructure$/.test(name) || value !== 'json') continue;
    const messageName = name.replace(/Structure$/, '');
    const texts = textsOf(form.get(messageName) ?? '');
    if (typeof texts['default'] !== 'string') {
      throw invalid('No default entry in JSON message body');
    }
    form.set(messageName, typeof texts['sqs'] === 'string' ? texts['sqs'] : texts['default']);
    form.delete(name);
  }
  return form.toString();
};
