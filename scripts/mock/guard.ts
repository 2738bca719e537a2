import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { ServerResponse } from 'node:http';

/**
 * Loaded into Prism (`node --import`), which lets some failures of single requests go unhandled, and would end by them. Here
 * only the connection of that request ends, by which the front learns of it.
 */

const answers = new AsyncLocalStorage<ServerResponse>();

subscribe('http.server.request.start', (message) => {
  const { response } = message as { readonly response: ServerResponse };
  answers.enterWith(response);
});
process.on('unhandledRejection', breakOff);
process.on('uncaughtException', breakOff);

function breakOff(error: unknown): void {
  const response = answers.getStore();
  const reason = error instanceof Error ? error.stack : error;
  process.stderr.write(`Prism failed at ${response?.req.url ?? 'the start'}: ${String(reason)}\n`);
  if (response) response.destroy();
  else process.exit(1);
}

/** Of Prism's header that tells what is wrong, in characters. */
const LONGEST = 8_192;

// It quotes what was sent, so it may hold characters that no header can (RFC 9110, section 5.5).
// eslint-disable-next-line @typescript-eslint/unbound-method -- It is called on the response, below.
const { setHeader } = ServerResponse.prototype;
ServerResponse.prototype.setHeader = function setSafeHeader(name, value) {
  const isTold = name === 'sl-violations' && typeof value === 'string';
  return setHeader.call(this, name, isTold ? escape(value) : value);
};

/** The same JSON, in ASCII. */
function escape(json: string): string {
  return json
    .replaceAll(
      /[^ -~]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .slice(0, LONGEST);
}
