import { randomFillSync } from 'node:crypto';

/** Random bytes in stock: to ask for sixteen takes as long as to ask for many. */
const stock = Buffer.alloc(16 * 256);
let used = stock.length;

/** 32 random hexadecimal digits in lower case. */
export function randomHex(): string {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += 16;
  return stock.toString('hex', used - 16, used);
}
