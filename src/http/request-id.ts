import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const WELL_FORMED_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The id for a request: the one it brought when that is well-formed, else a new one. */
export function acceptRequestId(sent: unknown): string {
  return typeof sent === 'string' && WELL_FORMED_REQUEST_ID.test(sent)
    ? sent
    : uuidv7({ rng: sixteenBytes });
}

/** Random bytes for the next ids: to ask for sixteen takes as long as to ask for many. */
const stock = new Uint8Array(16 * 256);
let used = stock.length;

function sixteenBytes(): Uint8Array {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += 16;
  return stock.subarray(used - 16, used);
}
