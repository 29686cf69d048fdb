/** Bytes of buffers that may pass for each piece of heap that is filled. */
const STEP_BYTES = 32 * 1024;
/** Slots of such a piece: 8 KiB. */
const PIECE_SLOTS = 1_024;

let passedBytes = 0;
/** Kept, so that the compiler cannot leave the allocation out. */
export let ballast: unknown;

/**
 * To be told of every large buffer that passes through. Buffers lie outside V8's heap, and young ones
 * are let go only when the heap's young part is full, which large buffers fill very slowly: tens of
 * megabytes of them wait then. This fills it in step with what passes, at a fraction of the cost.
 */
export function bufferPassed(bytes: number): void {
  for (passedBytes += bytes; passedBytes >= STEP_BYTES; passedBytes -= STEP_BYTES) {
    ballast = new Array(PIECE_SLOTS);
  }
}
