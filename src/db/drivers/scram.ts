import type { Client } from '@neondatabase/serverless';
import sasl, { type Session } from 'pg/lib/crypto/sasl.js';

type Handler = (message: { readonly data: string }) => unknown;

/** What Neon's client has of node-postgres and its types have not. */
interface Authenticated {
  readonly connection: {
    readonly sendSCRAMClientFinalMessage: (response: string) => void;
    readonly emit: (event: 'error', error: unknown) => void;
  };
  readonly saslSession: Session;
  readonly password: unknown;
  _handleAuthSASL: Handler;
  _handleAuthSASLContinue: Handler;
  _handleAuthSASLFinal: Handler;
}

/**
 * Has Neon's client answer PostgreSQL's SCRAM challenge (RFC 7677) as node-postgres does. By itself it takes each of the thousands
 * of steps between the password and the key as a call of its own that it waits for: most of what a connection takes. It
 * also takes the password as it is, where PostgreSQL has normalised it (RFC 4013). And nobody catches what a server's wrong
 * message makes it throw, which would end the process: here it is the connection that fails.
 */
export function answerAsNodePostgres(client: Client): void {
  const authenticated = client as unknown as Authenticated;
  const { _handleAuthSASL: begin, _handleAuthSASLFinal: end } = authenticated;
  const guard =
    (handle: Handler): Handler =>
    async (message) => {
      try {
        await handle.call(authenticated, message);
      } catch (error) {
        authenticated.connection.emit('error', error);
      }
    };
  authenticated._handleAuthSASL = guard(begin);
  authenticated._handleAuthSASLContinue = guard(async ({ data }) => {
    const { connection, saslSession, password } = authenticated;
    await sasl.continueSession(saslSession, password, data);
    connection.sendSCRAMClientFinalMessage(saslSession.response);
  });
  authenticated._handleAuthSASLFinal = guard(end);
}
