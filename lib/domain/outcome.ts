/** What became of one trigger of one file: every one is an answer that the ledger holds, and one log line. */
export type Outcome =
  /** Processed by this run; the effects are committed. */
  | 'done'
  /** Was done before; nothing was repeated. */
  | 'duplicate'
  /** Another run owns the file under a live lease. */
  | 'busy'
  /** Failed before; its next attempt is not due yet. */
  | 'waiting'
  /** Failed now; will be tried again. */
  | 'retry'
  /** One of our own calls failed now, as a throttled one does; will be tried again. An attempt is spent from the second day on. */
  | 'throttled'
  /** Given up, in quarantine; a person is told. */
  | 'poison'
  /** Another object stands under the key; that one has its own trigger. */
  | 'superseded'
  /** No object stands under the key. */
  | 'gone';
