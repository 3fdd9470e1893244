import { resolveMessageStructure } from './message-structure.ts';
import { RequestError } from './request-error.ts';

/** One line of plain ASCII, as it must stand in the header of a mail. */
const subject = /^[\x20-\x7e]{1,100}$/;

/**
 * Does to a request what SNS does and fauxqs leaves out. Subjects in a batch are taken as they are: SNS refuses such an
 * entry alone.
 *
 * @throws {RequestError} when SNS would refuse it
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export const prepareSnsRequest = (body: string): string => {
  const given = new URLSearchParams(body).get('Subject');
  if (given !== null && !subject.test(given)) {
    throw new RequestError({ code: 'InvalidParameter', message: 'Invalid parameter: Subject' });
  }
  return resolveMessageStructure(body);
};
