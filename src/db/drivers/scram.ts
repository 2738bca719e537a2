import type { Client } from '@neondatabase/serverless';
import sasl, { type Session } from 'pg/lib/crypto/sasl.js';

/** What Neon's client has of node-postgres and its types have not. */
interface Authenticated {
  readonly connection: {
    readonly sendSCRAMClientFinalMessage: (response: string) => void;
    readonly emit: (event: 'error', error: unknown) => void;
  };
  readonly saslSession: Session;
  readonly password: unknown;
  _handleAuthSASLContinue: (message: { readonly data: string }) => Promise<void>;
}

/**
 * Has Neon's client answer PostgreSQL's SCRAM challenge (RFC 7677) as node-postgres does. By itself it takes each of the thousands
 * of steps between the password and the key as a call of its own that it waits for: most of what a connection takes. It
 * also takes the password as it is, where PostgreSQL has normalised it (RFC 4013), and has nobody to catch what a server's
 * wrong message makes it throw, which would end the process.
 */
export function answerAsNodePostgres(client: Client): void {
  const authenticated = client as unknown as Authenticated;
  authenticated._handleAuthSASLContinue = async ({ data }) => {
    const { connection, saslSession, password } = authenticated;
    try {
      await sasl.continueSession(saslSession, password, data);
      connection.sendSCRAMClientFinalMessage(saslSession.response);
    } catch (error) {
      connection.emit('error', error);
    }
  };
}
