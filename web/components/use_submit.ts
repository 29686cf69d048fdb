import { useState } from "preact/hooks";

/**
 * A form that is sent once at a time. `act` returns what went wrong for the person to read, or
 * nothing; then `onDone` is called.
 */
export function useSubmit(act: () => Promise<string | undefined>, onDone: () => void): {
  busy: boolean;
  problem: string | undefined;
  submit: (event: Event) => Promise<void>;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const problem = await act();
      if (problem === undefined) onDone();
      else setProblem(problem);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "That did not work.");
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, submit };
}
