import type { IncomingMessage } from 'node:http';
import type { ServiceName } from '../contracts.ts';
import { localRegion } from '../resources/physical-names.ts';

/** Who calls which service where, as the signature of a request says it. */
export type CredentialScope = Readonly<{ service: ServiceName; accessKeyId: string; region: string }>;

/** Every service that a request can be for. */
export const serviceNames: ReadonlySet<string> = new Set<ServiceName>([
  's3',
  'dynamodb',
  'sqs',
  'sns',
  'lambda',
  'states',
  'logs',
  'sts',
  'cloudformation',
]);

const isServiceName = (name: string): name is ServiceName => serviceNames.has(name);

/** `<access key id>/<date>/<region>/<service>/aws4_request`; an access key id may hold slashes, so it is read from the end. */
const parseScope = (credential: string): CredentialScope | string | undefined => {
  const words = credential.split('/');
  const [region, service, terminator] = words.slice(-3);
  if (words.length < 5 || region === undefined || service === undefined || terminator !== 'aws4_request') {
    return undefined;
  }
  return isServiceName(service) ? { service, accessKeyId: words.slice(0, -4).join('/'), region } : service;
};

/**
 * Reads the service, the caller and the Region from the `Authorization` header or from the query of a presigned URL.
 * A request without a SigV4 scope (anonymous, or SigV2 as boto3 presigns) is S3's, as only S3 knows such requests.
 * Returns the bare name of a service that the local cloud does not have.
 */
export const readCredentialScope = (request: IncomingMessage, url: URL): CredentialScope | string => {
  const authorization = request.headers.authorization ?? '';
  const signed = /Credential=([^,\s]+)/.exec(authorization)?.[1] ?? url.searchParams.get('X-Amz-Credential');
  const scope = signed === null ? undefined : parseScope(signed);
  if (scope !== undefined) return scope;
  const signedByVersion2 = url.searchParams.get('AWSAccessKeyId') ?? /^AWS ([^:]+):/.exec(authorization)?.[1];
  return { service: 's3', accessKeyId: signedByVersion2 ?? '', region: localRegion };
};
