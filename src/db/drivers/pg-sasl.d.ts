/** A part of node-postgres that its types leave out. */
declare module 'pg/lib/crypto/sasl.js' {
  /** What has been said of it so far. */
  interface Session {
    /** What is to be sent next. */
    readonly response: string;
  }
  const sasl: {
    /**
     * Works out the answer to the server's first message.
     *
     * @throws Error when the message is not what it should be
     */
    readonly continueSession: (
      session: Session,
      password: unknown,
      serverData: string,
    ) => Promise<void>;
  };
  export default sasl;
  export type { Session };
}
