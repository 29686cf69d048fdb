import fc from "fast-check";

/** Repeats a run exactly as far as the frames go. */
export const SEED_VARIABLE = "CHATCODE_FUZZ_SEED";
/** Frames for each socket type; default 100,000. */
export const FRAMES_VARIABLE = "CHATCODE_FUZZ_FRAMES";

const DEFAULT_FRAMES = 100_000;
const BATCH_MAX = 40;
/** Sockets that are fuzzed at once. */
const LANES = 4;

export interface FuzzReport {
  readonly frames: number;
  readonly batches: number;
}

export interface FuzzOptions<Frame> {
  readonly name: string;
  readonly frame: fc.Arbitrary<Frame>;
  readonly frames?: number;
  readonly lanes?: number;
  /**
   * Plays frames against a socket of its own until one of them ends it, and checks what followed.
   * @returns how many were sent
   */
  readonly play: (frames: readonly Frame[]) => Promise<number>;
}

/** Plays generated frames until enough were sent. Prints the seed first, so that a hang tells it too. */
export async function fuzz<Frame>(options: FuzzOptions<Frame>): Promise<FuzzReport> {
  const wanted = options.frames ?? Number(Deno.env.get(FRAMES_VARIABLE) ?? DEFAULT_FRAMES);
  const seed = Number(Deno.env.get(SEED_VARIABLE) ?? crypto.getRandomValues(new Int32Array(1))[0]);
  const lanes = options.lanes ?? LANES;
  console.log(`${options.name}: ${SEED_VARIABLE}=${seed}, ${wanted} frames`);
  let frames = 0;
  let batches = 0;
  // Without bias: it would make most batches a frame or two.
  const batch = fc.noBias(
    fc.array(options.frame, { minLength: 1, maxLength: BATCH_MAX, size: "max" }),
  );
  const property = fc.asyncProperty(batch, async (sent) => {
    if (frames >= wanted) return;
    batches += 1;
    const played = await options.play(sent);
    frames += played; // after the wait: other lanes count meanwhile
  });
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    for (let round = 0; frames < wanted; round++) {
      // A failure is told with the very frames; shrinking would replay side effects that are gone.
      const roundSeed = seed + lane * 1_000_003 + round * 7_919;
      await fc.assert(property, { seed: roundSeed, numRuns: 200, endOnFailure: true });
    }
  }));
  console.log(`${options.name}: ${frames} frames in ${batches} sockets`);
  return { frames, batches };
}
