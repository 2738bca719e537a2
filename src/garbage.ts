import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 make all objects among the young ones, of which most are garbage at its next look. Where it finds that nearly all that a
 * place of the program made were still in use, it takes them for lasting from then on, and makes them among the old ones. When some hundred
 * clients connect at once, that is what it finds, also of a place that makes something for each request; from then on the garbage of
 * each request hangs on something old, and is kept, and copied, until the old ones are looked at. It is for the whole process, so only the
 * process calls it.
 */
export function keepGarbageYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
