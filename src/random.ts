import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** Random bytes in stock: to ask for sixteen takes as long as to ask for many. */
const stock = Buffer.alloc(16 * 256);
let used = stock.length;

/** The next sixteen, which nobody else gets. */
function take(): number {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += 16;
  return used - 16;
}

/** A new UUIDv7 (RFC 9562, section 5.7). Those of one millisecond are in no order. */
export function newUuid(): string {
  return uuidv7({ rng });
}

function rng(): Uint8Array {
  const start = take();
  return stock.subarray(start, start + 16);
}

/** 32 random hexadecimal digits in lower case. */
export function randomHex(): string {
  const start = take();
  return stock.toString('hex', start, start + 16);
}
