/** Why a request or an entry of a batch is refused, in AWS's words. */
export type Complaint = Readonly<{ code: string; message: string }>;

/** SQS or SNS refuses a request before fauxqs sees it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;

  constructor({ code, message }: Complaint) {
    super(message);
    this.code = code;
  }
}
