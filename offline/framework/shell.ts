/** The shell's own AWS settings, as far as they could lead a call away from this machine. */
const LEADING_AWAY =
  /^AWS_(?:ENDPOINT_URL_.+|PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|CONTAINER_.+|WEB_IDENTITY_.+|ROLE_.+)$/;

/** Where the local cloud is, and the name under which this process calls it. */
export type LocalPlace = Readonly<{ endpoint: string; region: string; caller: string }>;

/**
 * Makes the SDK of this process speak to the local cloud and to nothing else: dummy keys, the local endpoint, no file
 * of the developer's. The access key id is the caller's name in the endpoint's request log.
 */
export function pointAtLocalCloud(environment: NodeJS.ProcessEnv, place: LocalPlace): void {
  for (const name of Object.keys(environment)) {
    if (LEADING_AWAY.test(name)) Reflect.deleteProperty(environment, name);
  }
  Object.assign(environment, {
    AWS_ENDPOINT_URL: place.endpoint,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ACCESS_KEY_ID: place.caller,
    // Functions run in UTC on Lambda, and a thread takes the time zone of its process.
    TZ: 'UTC',
  });
}

/** True for an address of this machine. */
export function isLoopback(endpoint: string): boolean {
  const hostname = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);
}
