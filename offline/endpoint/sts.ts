import type { Service } from '../contracts.ts';
import { localAccountId } from '../resources/physical-names.ts';
import { escapeXml, sendBody, sendNotImplemented } from './answers.ts';
import { readBody } from './read-body.ts';

/** STS as far as `GetCallerIdentity`: what the CLI and deployment tools ask before anything else. */
export const createSts = (): Service => ({
  handle: async (exchange) => {
    const form = new URLSearchParams((await readBody(exchange.request, 65_536)).toString());
    const operation = form.get('Action') ?? exchange.url.searchParams.get('Action') ?? 'Unknown';
    if (operation !== 'GetCallerIdentity') return sendNotImplemented('sts', operation, exchange);
    const user = escapeXml(exchange.accessKeyId);
    const result =
      `<Arn>arn:aws:iam::${localAccountId}:user/${user}</Arn>` +
      `<UserId>${user}</UserId><Account>${localAccountId}</Account>`;
    const body =
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
      `<GetCallerIdentityResult>${result}</GetCallerIdentityResult>` +
      `<ResponseMetadata><RequestId>${exchange.requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
    sendBody(exchange.response, 200, 'text/xml', body);
    return { operation, resource: localAccountId };
  },
  close: () => Promise.resolve(),
});
