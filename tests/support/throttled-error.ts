import { ServiceUnavailableError } from '../../lib/domain/errors.ts';

/** What an adapter makes of a throttled table. */
export const throttledError = (): ServiceUnavailableError =>
  new ServiceUnavailableError('UpdateItem could not be served (ProvisionedThroughputExceededException: too fast)');
