'use strict';

const { EventEmitter } = require('node:events');

/** Where the plugin leaves the way to start the local cloud, while `sls offline` runs. */
const LOCAL_CLOUD = Symbol.for('everyfile.local-cloud');

/**
 * The face of s3rver that serverless-s3-local constructs; behind it stands the local cloud's own S3. It takes no
 * option of that plugin, since there is one endpoint and one state folder. It never emits `event`: that plugin would
 * run handlers for it, without bound and swallowing their errors.
 */
module.exports = class S3rver extends EventEmitter {
  /** Calls back with the address once the local cloud answers, or with the error that kept it from starting. */
  run(callback) {
    const cloud = globalThis[LOCAL_CLOUD];
    if (cloud === undefined) {
      callback(new Error('The local S3 is a part of the local cloud: start it with "sls offline --stage local".'));
    } else {
      cloud.start().then(({ port }) => callback(null, { address: '127.0.0.1', family: 'IPv4', port }), callback);
    }
    return this;
  }

  /** The plugin that started the local cloud ends it. */
  close() {}
};
